import { BeamHypotheses } from "./beam-hypotheses.ts";
import type { Continuation, Decoder, DecodingTask, FinishedSequence } from "./decoding.ts";
import type { FinishReason } from "./finish-reason.ts";
import { toLogProbabilities } from "./log-probabilities.ts";
import { newTokens, type Prompt, type Sequence } from "./sequence.ts";
import { checkNumbers } from "./token-choice.ts";
import { TopScores } from "./top-scores.ts";

/** The search for the continuation of one prompt. */
interface Search {
  /** Its texts that are complete. */
  readonly hypotheses: BeamHypotheses;
  /** Summed log-probability of each of its texts in progress, best first. */
  sums: readonly number[];
}

/** One of a prompt's texts followed by a token. */
interface Candidate {
  readonly beam: number;
  readonly token: number;
  /** Summed log-probability. */
  readonly sum: number;
}

/** Texts of the same prompt, which stand side by side. */
function groups(texts: readonly Sequence[]): { readonly from: number; readonly texts: readonly Sequence[] }[] {
  const starts = texts.flatMap(({ prompt }, at) => (texts[at - 1]?.prompt === prompt ? [] : [at]));
  return starts.map((from, group) => ({ from, texts: texts.slice(from, starts[group + 1] ?? texts.length) }));
}

/** Settings of `beamSearch`. */
export interface BeamSearchOptions {
  /** Texts kept at each step; 1 is greedy search. */
  readonly numBeams: number;
  /**
   * Exponent of the length that the log-probability of a text is divided by: above 0 favours long texts, below 0 short
   * ones. Default 1.
   */
  readonly lengthPenalty?: number;
  /**
   * When a prompt with as many complete texts as beams is done: `true` at once; `false` (default) when the best text in
   * progress, ended now, would rank below all of them; `"never"` when it would at any length.
   */
  readonly earlyStopping?: boolean | "never";
  /** Texts returned for each prompt, the best first; at most `numBeams`. Default 1. */
  readonly numReturnSequences?: number;
}

/** Beam search over a batch; see {@link BeamSearchOptions}. */
export function beamDecoder(options: BeamSearchOptions, task: DecodingTask): Decoder {
  const { numBeams, lengthPenalty = 1, earlyStopping = false, numReturnSequences = 1 } = options;
  const { vocabSize, maxNewTokens, process } = task;
  const ends = new Set(task.eosTokenIds);
  // Even where each text's best candidates are end tokens, enough others are left to go on with.
  const kept = Math.max(2, 1 + ends.size) * numBeams;
  const searches = new Map<Prompt, Search>();

  const searchOf = (prompt: Prompt): Search => {
    const search = searches.get(prompt) ?? { hypotheses: new BeamHypotheses(numBeams, lengthPenalty), sums: [0] };
    searches.set(prompt, search);
    return search;
  };
  const limitOf = (prompt: Prompt): number => prompt.maxNewTokens ?? maxNewTokens;
  const endOf = (token: number, length: number, limit: number): FinishReason | undefined =>
    ends.has(token) ? "stop" : length === limit ? "length" : undefined;

  /** The best candidates of a prompt, best first. @param logits of its texts */
  const candidatesOf = (logits: Float32Array, texts: readonly Sequence[], sums: readonly number[]): Candidate[] => {
    const top = new TopScores(kept);
    texts.forEach((text, beam) => {
      const scores = logits.subarray(beam * vocabSize, (beam + 1) * vocabSize);
      toLogProbabilities(scores);
      checkNumbers(scores.subarray(0, 1), text); // one NaN among the logits has made all of them NaN
      process(scores, text);
      const sum = sums[beam] ?? 0;
      for (let id = 0; id < vocabSize; id++) top.offer(sum + (scores[id] as number), beam * vocabSize + id);
    });
    return top.sorted().map(({ score, place }) => {
      return { beam: Math.floor(place / vocabSize), token: place % vocabSize, sum: score };
    });
  };

  /**
   * Whether a text in progress could still rank above those that are complete.
   *
   * @param length new tokens it has
   * @param limit most that it may get
   */
  const canImprove = ({ hypotheses, sums }: Search, length: number, limit: number): boolean => {
    const [best] = sums;
    if (best === undefined) return false;
    if (!hypotheses.full) return true;
    if (earlyStopping === true) return false;
    const reached = earlyStopping === "never" && lengthPenalty > 0 ? limit : length;
    return best / reached ** lengthPenalty > hypotheses.worst;
  };

  /** Takes a prompt one token further. Returns what it goes on with: nothing once it is done. */
  const advanceOne = (search: Search, logits: Float32Array, texts: readonly Sequence[]): readonly Candidate[] => {
    const tokens = texts.map(({ ids, prompt }) => ids.slice(prompt.ids.length));
    const [first] = texts as readonly [Sequence];
    const length = newTokens(first) + 1;
    const limit = limitOf(first.prompt);
    const candidates = candidatesOf(logits, texts, search.sums);
    const running: Candidate[] = [];
    candidates.forEach((candidate, place) => {
      const { beam, token, sum } = candidate;
      const finishReason = endOf(token, length, limit);
      if (finishReason === undefined) running.push(candidate);
      else if (place < numBeams) search.hypotheses.add({ tokens: [...(tokens[beam] ?? []), token], finishReason }, sum);
    });
    if (candidates.length === 0) {
      for (const [beam, own] of tokens.entries()) {
        search.hypotheses.add({ tokens: own, finishReason: "no-choice" }, search.sums[beam] ?? 0);
      }
    }
    running.splice(numBeams);
    search.sums = running.map(({ sum }) => sum);
    return canImprove(search, length, limit) ? running : [];
  };

  return {
    advance(logits, all) {
      const continuations: Continuation[] = [];
      const finished: FinishedSequence[] = [];
      for (const { from, texts } of groups(all)) {
        const { prompt } = texts[0] as Sequence;
        const search = searchOf(prompt);
        const own = logits.subarray(from * vocabSize, (from + texts.length) * vocabSize);
        const running = advanceOne(search, own, texts);
        for (const [sample, { beam, token }] of running.entries()) {
          continuations.push({ parent: from + beam, token, sample });
        }
        if (running.length > 0) continue;
        searches.delete(prompt);
        for (const [sample, text] of search.hypotheses.best(numReturnSequences).entries()) {
          finished.push({ prompt, sample, ...text });
        }
      }
      return { continuations, finished };
    },
  };
}
