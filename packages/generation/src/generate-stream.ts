import { ConfigError } from "@dylora/errors";
import type { AdaptedModel, CausalInputs } from "@dylora/lora-core";
import { checkGeneration } from "./check-generation.ts";
import type { FinishReason } from "./finish-reason.ts";
import { type GenerateOptions, progressOf } from "./generation-settings.ts";
import { runTexts } from "./run-texts.ts";
import { TextGrowth } from "./text-growth.ts";

/** A token that was just written. */
export interface StreamedToken {
  /** Number of its prompt in the call, from 0. */
  readonly prompt: number;
  /** Which of the texts of this prompt, from 0. */
  readonly sample: number;
  /** The token; undefined when the text ended because every token was ruled out. */
  readonly token: number | undefined;
  /** The text that is certain with it: empty inside a character of several tokens, and without a tokenizer. */
  readonly text: string;
  /** Why the text ended, if it did. */
  readonly finishReason: FinishReason | undefined;
}

/**
 * Continues prompts as {@link generate} does, and gives every token as soon as it is chosen. Leave the loop to stop:
 * whatever the backend holds is freed.
 *
 * @param options a decoding that can be streamed: greedy search or sampling. Prompts run in their own order, `batchSize`
 * side by side
 * @yields one event for each new token of each text; the last of a text says why it ended
 * @throws ConfigError as {@link generate} does, and `bad_generation` for beam search, whose texts may change to the end
 *
 * @example
 * ```ts
 * import { generateStream, sampling } from "@dylora/generation";
 *
 * async function chat(...[adapted, prompt, tokenizer]: [
 *   adapted: Parameters<typeof generateStream>[0],
 *   prompt: string,
 *   tokenizer: { encode(text: string): number[]; decode(ids: ArrayLike<number>): string },
 * ]): Promise<void> {
 *   const decoding = sampling({ temperature: 0.7, topP: 0.9 });
 *   for await (const { text } of generateStream(adapted, { prompts: [prompt], tokenizer, maxNewTokens: 100, decoding })) {
 *     process.stdout.write(text);
 *   }
 * }
 * console.log(typeof chat);
 * ```
 */
export async function* generateStream(
  adapted: AdaptedModel<CausalInputs>,
  options: GenerateOptions,
): AsyncGenerator<StreamedToken, void, void> {
  const { prompts, decoding, view, batchSize, task } = checkGeneration(adapted, options);
  const { maxNewTokens } = task;
  if (!decoding.streams) {
    throw new ConfigError(
      "bad_generation",
      "beam search cannot be streamed: its texts may change to the end; use generate",
    );
  }
  const { signal, onProgress, tokenizer, useCache = true } = options;
  let tokens = 0;
  for (let from = 0; from < prompts.length; from += batchSize) {
    const batch = prompts.slice(from, from + batchSize);
    const growing = new Map<string, TextGrowth>();
    const growthOf = (prompt: number, sample: number): TextGrowth | undefined => {
      if (tokenizer === undefined) return undefined;
      const key = `${prompt}/${sample}`;
      const growth = growing.get(key) ?? new TextGrowth(tokenizer);
      growing.set(key, growth);
      return growth;
    };
    for await (const step of runTexts(batch, {
      adapted,
      view,
      decoder: decoding.start(task),
      useCache,
      maxNewTokens,
      signal,
    })) {
      const inProgress = new Set(step.texts.map(({ prompt }) => prompt));
      tokens += step.continuations.length + step.finished.length;
      onProgress?.(progressOf(from + batch.length - inProgress.size, prompts.length, tokens));
      for (const { prompt, sample, ids } of step.texts) {
        const token = ids.at(-1) as number;
        const text = growthOf(prompt.index, sample)?.push(token) ?? "";
        yield { prompt: prompt.index, sample, token, text, finishReason: undefined };
      }
      for (const { prompt, sample, tokens: all, finishReason } of step.finished) {
        const growth = growthOf(prompt.index, sample);
        const token = finishReason === "no-choice" ? undefined : (all.at(-1) as number);
        const isText = token !== undefined && !(finishReason === "stop" && task.eosTokenIds.includes(token));
        const last = isText ? (growth?.push(token) ?? "") : "";
        yield { prompt: prompt.index, sample, token, text: last + (growth?.finish() ?? ""), finishReason };
      }
    }
  }
}
