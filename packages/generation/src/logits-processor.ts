import type { Sequence } from "./sequence.ts";

/**
 * Changes the scores of the next token in place, before one is chosen; -Infinity rules a token out.
 *
 * @param scores one for each token of the vocabulary: logits in greedy search and sampling, log-probabilities in beam
 * search, as transformers has it
 * @param text what they continue
 */
export type LogitsProcessor = (scores: Float32Array, text: Sequence) => void;
