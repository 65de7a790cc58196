import { type Batch, encodeExamples, sequentialBatches, type Tokenizer } from "@dylora/data";
import type { AdaptedModel, RankView } from "@dylora/lora-core";
import { type EvaluationBatches, type Predictions, predict } from "@dylora/trainer";
import type { BaseModel } from "../base-model.ts";
import type { CommandContext } from "../context.ts";
import { checkTokens } from "../model-tokenizer.ts";
import type { InputLine, TextInput, TokenInput } from "./input-lines.ts";

/** Turns lines into tokens; texts are cut to the longest that the model takes. */
export function tokensOf(
  lines: readonly InputLine[],
  tokenizer: Tokenizer | undefined,
  base: BaseModel,
  maxLength: number,
): TokenInput[] {
  const texts = lines.filter((line): line is TextInput => "text" in line);
  const encoded = tokenizer === undefined ? [] : checkTokens(encodeExamples(tokenizer, texts, { maxLength }), base);
  let next = 0;
  return lines.map((line): TokenInput => {
    if (!("text" in line)) return line;
    const inputIds = Array.from(encoded[next++]?.inputIds ?? []);
    return { inputIds, attentionMask: inputIds.map(() => 1) };
  });
}

/** Batches of inputs by length, with the attention masks of the inputs themselves. */
export function inputBatches(
  inputs: readonly TokenInput[],
  { batchSize, padId }: { readonly batchSize: number; readonly padId: number },
): EvaluationBatches<Batch> {
  const plain = sequentialBatches(inputs, { batchSize, padId });
  return {
    batchesPerEpoch: plain.batchesPerEpoch,
    batch(index) {
      const batch = plain.batch(index);
      batch.indices.forEach((position, row) => {
        batch.attentionMask.set(inputs[position]?.attentionMask ?? [], row * batch.length);
      });
      return batch;
    },
  };
}

/** Logits of every input, in order, showing progress. */
export async function predictInputs(
  adapted: AdaptedModel,
  batches: EvaluationBatches<Batch>,
  view: RankView,
  context: CommandContext,
): Promise<Predictions> {
  const progress = context.progress({ title: "predict", total: batches.batchesPerEpoch, unit: "batches" });
  try {
    const onBatch = (done: number) => progress.update(done);
    return await predict(adapted, batches, { view, signal: context.signal, onBatch });
  } finally {
    progress.end();
  }
}
