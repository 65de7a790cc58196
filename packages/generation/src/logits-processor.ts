import type { Sequence } from "./sequence.ts";

/**
 * Changes the scores of the next token before one is chosen; -Infinity rules a token out. It may change them in place, or
 * return a row of its own, as transformers' processors do.
 *
 * @param scores one for each token of the vocabulary: logits in greedy search and sampling, log-probabilities in beam
 * search, as transformers has it
 * @param text what they continue
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a function that is declared to return nothing fits too.
export type LogitsProcessor = (scores: Float32Array, text: Sequence) => Float32Array | void;
