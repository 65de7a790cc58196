import { ConfigError } from "@dylora/errors";
import type { Classified, Written } from "../api.ts";
import type { Session } from "./session.ts";
import { promptOf } from "./tasks.ts";

/** Most tokens written after a prompt. */
const LONGEST = 56;

/** Sessions that have answered before. */
const warm = new WeakSet<Session>();

/** Classifies a text at a rank. */
export async function classify(session: Session, text: string, rank: number): Promise<Classified> {
  const { tuned } = session;
  const { tokenizer, maxLength, labels } = tuned;
  // The first pass of all makes kernels and buffers ready: its time says nothing of the rank.
  if (!warm.has(session)) await tuned.predict(text, { rank });
  warm.add(session);
  const started = performance.now();
  const { logits, scores } = await tuned.predict(text, { rank });
  const milliseconds = performance.now() - started;
  const classes = Array.from(logits[0] ?? [], (logit, id) => {
    return { label: labels[id] ?? `class ${id}`, logit, probability: scores[0]?.[id] ?? Number.NaN };
  });
  const tokens = tokenizer.encode(text, undefined, { maxLength }).length;
  return { classes, tokens, unread: tokenizer.encode(text).length - tokens, milliseconds };
}

/**
 * Puts a meaning into a sentence at a rank, by greedy search; tells the text as it grows.
 *
 * @throws ConfigError `sequence_too_long`
 */
export async function write(
  { tuned }: Session,
  meaning: string,
  rank: number,
  { signal, onText }: { readonly signal: AbortSignal; readonly onText: (written: Written) => void },
): Promise<Written> {
  const prompt = promptOf(meaning);
  const [length, most] = [tuned.tokenizer.encode(prompt).length, tuned.base.architecture.maxLength - LONGEST + 1];
  if (length > most) {
    throw new ConfigError(
      "sequence_too_long",
      `The data are ${length} tokens long, and the model reads at most ${most}. Shorten them.`,
    );
  }
  const started = performance.now();
  let text = "";
  let tokens = 0;
  // The model begins with the space that stands after the prompt.
  const written = (): Written => ({ text: text.trimStart(), tokens, milliseconds: performance.now() - started });
  const onToken = () => {
    tokens += 1;
  };
  for await (const piece of tuned.generateStream(prompt, { rank, signal, maxNewTokens: LONGEST, onToken })) {
    text += piece;
    onText(written());
  }
  return written();
}
