import { sequentialBatches } from "@dylora/data";
import { generateStream } from "@dylora/generation";
import type { AdaptedModel, CausalInputs } from "@dylora/lora-core";
import type { Classified, Written } from "../api.ts";
import type { Session } from "./session.ts";
import { promptOf } from "./writing-task.ts";

/** Most tokens written after a prompt. */
const LONGEST = 48;

/** Classifies a text at a rank. */
export async function classify(
  { task, files, adapted, labels }: Session,
  text: string,
  rank: number,
): Promise<Classified> {
  const { tokenizer } = files;
  const inputIds = tokenizer.encode(text, undefined, { maxLength: task.maxLength });
  const batch = sequentialBatches([{ inputIds }], { batchSize: 1, padId: tokenizer.padId }).batch(0);
  const started = performance.now();
  const logits = adapted.forward(batch, { view: { rank } });
  const values = [...(await logits.data())];
  logits.dispose();
  const milliseconds = performance.now() - started;
  const highest = Math.max(...values);
  const total = values.reduce((sum, logit) => sum + Math.exp(logit - highest), 0);
  const classes = values.map((logit, id) => {
    return { label: labels[id] ?? `class ${id}`, logit, probability: Math.exp(logit - highest) / total };
  });
  return { classes, tokens: inputIds.length, milliseconds };
}

/** Puts a meaning into a sentence at a rank, by greedy search; tells the text as it grows. */
export async function write(
  { files, adapted }: Session,
  meaning: string,
  rank: number,
  { signal, onText }: { readonly signal: AbortSignal; readonly onText: (written: Written) => void },
): Promise<Written> {
  const { tokenizer } = files;
  const started = performance.now();
  let written: Written = { text: "", tokens: 0, milliseconds: 0 };
  const options = { prompts: [promptOf(meaning)], tokenizer, maxNewTokens: LONGEST, view: { rank }, signal };
  for await (const { text } of generateStream(adapted as AdaptedModel<CausalInputs>, options)) {
    const tokens = written.tokens + 1;
    written = { text: written.text + text, tokens, milliseconds: performance.now() - started };
    onText(written);
  }
  return written;
}
