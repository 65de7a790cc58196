import type { Classified, Written } from "../api.ts";
import type { Session } from "./session.ts";
import { promptOf } from "./tasks.ts";

/** Most tokens written after a prompt. */
const LONGEST = 48;

/** Classifies a text at a rank. */
export async function classify({ tuned }: Session, text: string, rank: number): Promise<Classified> {
  const { tokenizer, maxLength, labels } = tuned;
  const started = performance.now();
  const { logits, scores } = await tuned.predict(text, { rank });
  const milliseconds = performance.now() - started;
  const classes = Array.from(logits[0] ?? [], (logit, id) => {
    return { label: labels[id] ?? `class ${id}`, logit, probability: scores[0]?.[id] ?? Number.NaN };
  });
  return { classes, tokens: tokenizer.encode(text, undefined, { maxLength }).length, milliseconds };
}

/** Puts a meaning into a sentence at a rank, by greedy search; tells the text as it grows. */
export async function write(
  { tuned }: Session,
  meaning: string,
  rank: number,
  { signal, onText }: { readonly signal: AbortSignal; readonly onText: (written: Written) => void },
): Promise<Written> {
  const started = performance.now();
  let written: Written = { text: "", tokens: 0, milliseconds: 0 };
  let tokens = 0;
  const onToken = () => {
    tokens += 1;
  };
  const options = { rank, signal, maxNewTokens: LONGEST, onToken };
  for await (const piece of tuned.generateStream(promptOf(meaning), options)) {
    written = { text: written.text + piece, tokens, milliseconds: performance.now() - started };
    onText(written);
  }
  return { ...written, tokens, milliseconds: performance.now() - started };
}
