import { type Batch, encodeExamples, sequentialBatches, type Tokenizer } from "@dylora/data";
import type { AdaptedModel, RankView } from "@dylora/lora-core";
import { type FiniteBatchSource, predict } from "@dylora/trainer";
import type { BaseModel } from "../models/base-model.ts";
import { checkTokens } from "../models/check-tokens.ts";
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

/**
 * Logits of inputs that run side by side, one row each, with the attention masks of the inputs themselves. Ranks of the view
 * are in the order of the inputs.
 */
export async function predictBatch(
  adapted: AdaptedModel,
  inputs: readonly TokenInput[],
  { view, padId }: { readonly view: RankView; readonly padId: number },
): Promise<Float32Array[]> {
  const plain = sequentialBatches(inputs, { batchSize: inputs.length, padId });
  const batches: FiniteBatchSource<Batch> = {
    batchesPerEpoch: 1,
    batch(index) {
      const batch = plain.batch(index);
      batch.indices.forEach((position, row) => {
        batch.attentionMask.set(inputs[position]?.attentionMask ?? [], row * batch.length);
      });
      return batch;
    },
  };
  const rows = plain.batch(0).indices;
  const ordered =
    typeof view === "object" && "ranks" in view
      ? { ranks: Array.from(rows, (position) => view.ranks[position] as number) }
      : view;
  const { logits, classes } = await predict(adapted, batches, { view: ordered });
  return inputs.map((_, row) => logits.subarray(row * classes, (row + 1) * classes));
}
