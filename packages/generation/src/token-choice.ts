import { BackendError } from "@dylora/errors";
import type { Continuation, Decoder, DecodingTask, FinishedSequence } from "./decoding.ts";
import type { FinishReason } from "./finish-reason.ts";
import { newTokens, type Sequence } from "./sequence.ts";

/**
 * Chooses the next token of one text.
 *
 * @param scores processed logits; may be overwritten
 * @param sample which of the texts of its prompt the token is for
 * @returns the token; undefined when every one is ruled out
 */
export type TokenChoice = (scores: Float32Array, text: Sequence, sample: number) => number | undefined;

/**
 * Refuses to go on where the model gave no numbers.
 *
 * @throws BackendError `not_finite`
 */
export function checkNumbers(scores: Float32Array, { prompt }: Sequence): void {
  if (!scores.some(Number.isNaN)) return;
  throw new BackendError("not_finite", `the logits after prompt ${prompt.index} are no numbers (NaN)`);
}

/**
 * A decoder that gives every text its next token at once: greedy search and sampling.
 *
 * @param samples texts of each prompt
 */
export function tokenByToken(choose: TokenChoice, samples: number, task: DecodingTask): Decoder {
  const { vocabSize, maxNewTokens, eosTokenIds, process, stops } = task;
  const ends = new Set(eosTokenIds);
  return {
    advance(logits, texts) {
      const continuations: Continuation[] = [];
      const finished: FinishedSequence[] = [];
      texts.forEach((text, parent) => {
        const scores = logits.subarray(parent * vocabSize, (parent + 1) * vocabSize);
        process(scores, text);
        const before = text.ids.slice(text.prompt.ids.length);
        const first = newTokens(text) === 0;
        // All samples of a prompt begin on its one row; each then has its own.
        for (const sample of first ? Array.from({ length: samples }, (_, index) => index) : [text.sample]) {
          const token = choose(first && samples > 1 ? scores.slice() : scores, text, sample);
          if (token === undefined) checkNumbers(scores, text);
          const finishReason = token === undefined ? "no-choice" : endOf(token, before.length + 1, text);
          if (token !== undefined && finishReason === undefined) continuations.push({ parent, token, sample });
          else if (finishReason !== undefined) {
            const tokens = token === undefined ? before : [...before, token];
            finished.push({ prompt: text.prompt, sample, tokens, finishReason });
          }
        }
      });
      return { continuations, finished };
    },
  };

  function endOf(token: number, count: number, text: Sequence): FinishReason | undefined {
    const { prompt, ids } = text;
    if (ends.has(token) || stops?.({ ...text, ids: [...ids, token] })) return "stop";
    return count === (prompt.maxNewTokens ?? maxNewTokens) ? "length" : undefined;
  }
}
