/** A prompt of a call. */
export interface Prompt {
  /** Its number in the call, from 0. */
  readonly index: number;
  /** Its tokens. */
  readonly ids: readonly number[];
  /** How many equal prompts come before it in the call. */
  readonly repeat: number;
  /** Most tokens to write after it, where it has a limit of its own. */
  readonly maxNewTokens?: number;
}

/** A prompt with what has been written after it so far. */
export interface Sequence {
  /** What it goes on from. */
  readonly prompt: Prompt;
  /** Which of the texts of its prompt, from 0. */
  readonly sample: number;
  /** All tokens, those of the prompt first, without padding. */
  readonly ids: readonly number[];
}

/** How many tokens a text has got after its prompt. */
export function newTokens({ prompt, ids }: Sequence): number {
  return ids.length - prompt.ids.length;
}

/**
 * Numbers prompts, and counts how often each came before.
 *
 * @param limits most new tokens of each; default: no limits of their own
 */
export function toPrompts(promptIds: readonly ArrayLike<number>[], limits?: ArrayLike<number>): Prompt[] {
  const seen = new Map<string, number>();
  return promptIds.map((ids, index) => {
    const list = Array.from(ids);
    const key = list.join();
    const repeat = seen.get(key) ?? 0;
    seen.set(key, repeat + 1);
    const own = limits?.[index];
    return { index, ids: list, repeat, ...(own === undefined ? {} : { maxNewTokens: own }) };
  });
}
