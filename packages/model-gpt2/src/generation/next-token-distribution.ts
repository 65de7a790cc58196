import { TopScores } from "./top-scores.ts";

/** How logits become the distribution that {@link sampling} draws from. */
export interface SamplingDistribution {
  /** Divides the logits: below 1 sharper, above 1 flatter. Above 0; default 1. */
  readonly temperature?: number;
  /** Only the k likeliest tokens. Default: all. (transformers' own default is 50.) */
  readonly topK?: number;
  /** Only the likeliest tokens that together have this probability (nucleus sampling), in (0, 1]. Default 1. */
  readonly topP?: number;
}

/** The k-th largest score. */
function kthLargest(scores: Float32Array, k: number): number {
  const top = new TopScores(k);
  for (let id = 0; id < scores.length; id++) top.offer(scores[id] as number, id);
  return top.least;
}

/** The least score that is among those whose probabilities together exceed `topP`, going down from the largest. */
function nucleusEdge(scores: Float32Array, topP: number): number {
  const ascending = scores.filter((score) => score > Number.NEGATIVE_INFINITY).sort();
  const peak = ascending.at(-1) ?? 0;
  let total = 0;
  for (const score of ascending) total += Math.exp(score - peak);
  let tail = 0;
  for (const score of ascending) {
    tail += Math.exp(score - peak) / total;
    if (tail > 1 - topP) return score;
  }
  return peak;
}

/**
 * Turns logits into weights to draw by, in transformers' order: temperature, then top-k, then top-p.
 *
 * @param scores logits; overwritten
 * @returns a weight for each token, 0 for those left out; and their sum, 0 when every token is ruled out
 */
export function nextTokenWeights(
  scores: Float32Array,
  { temperature = 1, topK, topP = 1 }: SamplingDistribution,
): { readonly weights: Float64Array; readonly total: number } {
  if (temperature !== 1) for (let id = 0; id < scores.length; id++) scores[id] = (scores[id] as number) / temperature;
  const keepFrom = (edge: number): void => {
    for (let id = 0; id < scores.length; id++) if ((scores[id] as number) < edge) scores[id] = Number.NEGATIVE_INFINITY;
  };
  if (topK !== undefined && topK < scores.length) keepFrom(kthLargest(scores, topK));
  if (topP < 1) keepFrom(nucleusEdge(scores, topP));
  let peak = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < scores.length; id++) peak = Math.max(peak, scores[id] as number);
  const weights = new Float64Array(scores.length);
  if (peak === Number.NEGATIVE_INFINITY) return { weights, total: 0 };
  let total = 0;
  for (let id = 0; id < scores.length; id++) total += weights[id] = Math.exp((scores[id] as number) - peak);
  return { weights, total };
}
