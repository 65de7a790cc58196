import type { FinishReason } from "./finish-reason.ts";
import type { LogitsProcessor } from "./logits-processor.ts";
import type { Prompt, Sequence } from "./sequence.ts";
import type { StoppingCriterion } from "./stopping-criterion.ts";

/** A token that a text goes on with. */
export interface Continuation {
  /** Which of the texts in progress it follows. A text may be followed several times, or not at all. */
  readonly parent: number;
  /** The token. */
  readonly token: number;
  /** Which of the texts of its prompt this makes, from 0. */
  readonly sample: number;
}

/** A text that is complete. */
export interface FinishedSequence {
  /** What it was made for. */
  readonly prompt: Prompt;
  /** Which of the texts of its prompt, from 0; the best first where they are ranked. */
  readonly sample: number;
  /** New tokens, the end token included where there is one. */
  readonly tokens: readonly number[];
  /** Why it ended. */
  readonly finishReason: FinishReason;
  /** What the texts of a prompt are ranked by, in searches that do. */
  readonly score?: number;
}

/** What a step decided. */
export interface DecodedStep {
  /** Texts to go on with; those of a prompt side by side. */
  readonly continuations: readonly Continuation[];
  /** Texts that are complete with this step. */
  readonly finished: readonly FinishedSequence[];
}

/** What a decoder is told about the texts it is to choose for. */
export interface DecodingTask {
  /** Tokens in the vocabulary. */
  readonly vocabSize: number;
  /** Most new tokens of a text, where its prompt has no `maxNewTokens` of its own (a lower one). */
  readonly maxNewTokens: number;
  /** Tokens that end a text. */
  readonly eosTokenIds: readonly number[];
  /** Changes the scores of the next token. */
  readonly process: LogitsProcessor;
  /** Whether a text ends where it is, by a rule of the caller's; undefined where there is none. */
  readonly stops?: StoppingCriterion;
}

/** Chooses for one batch of texts, step by step. */
export interface Decoder {
  /**
   * Chooses what follows.
   *
   * @param logits of the next token of each text, `[texts, vocabSize]`; the decoder may overwrite them
   * @param texts at first the prompts, then the continuations of the step before, in their order
   * @throws BackendError `not_finite` when the logits are no numbers
   */
  advance(logits: Float32Array, texts: readonly Sequence[]): DecodedStep;
}

/** A way to choose tokens: `greedy()`, `sampling(…)`, `beamSearch(…)`, or one of your own. */
export interface Decoding {
  /** Texts returned for each prompt. */
  readonly numReturnSequences: number;
  /** True when a token once chosen stays, so that texts can be streamed. */
  readonly streams: boolean;
  /** Starts on a batch of prompts. */
  start(task: DecodingTask): Decoder;
}
