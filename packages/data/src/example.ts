/** One labelled text, or pair of texts, as it stands in a data set. */
export interface Example {
  /** First (or only) text. */
  readonly text: string;
  /** Second text of a pair: hypothesis, paraphrase, answer sentence. Absent in single-text tasks. */
  readonly textPair?: string;
  /** Class index (0-based) or regression target. Absent in unlabelled splits. */
  readonly label?: number;
}

/** A tokenised {@link Example}: token ids with the special tokens in place, not padded. */
export interface EncodedExample {
  /** Token ids; their count is the example's length. */
  readonly inputIds: Int32Array | readonly number[];
  /** Class index (0-based) or regression target. Absent in unlabelled splits. */
  readonly label?: number;
}

/** A tokenised prompt with its completion, for training a causal language model on the completion only. */
export interface EncodedCompletion {
  /** Token ids of prompt, completion and end token; their count is the example's length. */
  readonly inputIds: Int32Array | readonly number[];
  /** One per token: the token id itself on the completion, {@link IGNORE_LABEL} on the prompt. Not shifted. */
  readonly labels: Int32Array | readonly number[];
}

/** Label of a position or an example that the loss leaves out (PyTorch's `ignore_index`). */
export const IGNORE_LABEL = -100;
