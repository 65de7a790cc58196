import { cutUnlikely } from "./probability-cuts.ts";
import { TopScores } from "./top-scores.ts";

/** How logits become the distribution that {@link sampling} draws from. */
export interface SamplingDistribution {
  /** Divides the logits: below 1 sharper, above 1 flatter. Above 0; default 1. */
  readonly temperature?: number;
  /** Only the k likeliest tokens. Default: all. (transformers' own default is 50.) */
  readonly topK?: number;
  /** Only the likeliest tokens that together have this probability (nucleus sampling), in (0, 1]. Default 1. */
  readonly topP?: number;
  /** Only tokens with at least this share of the likeliest one's probability, in [0, 1]. Default 0. */
  readonly minP?: number;
  /** Only the tokens closest to the expected information that together have this probability, in (0, 1]. Default 1. */
  readonly typicalP?: number;
  /** Only tokens of at least this probability, but always the likeliest, in [0, 1]. Default 0: off. */
  readonly epsilonCutoff?: number;
  /** As `epsilonCutoff`, less strict where many tokens are likely (eta sampling), in [0, 1]. Default 0: off. */
  readonly etaCutoff?: number;
}

/** The k largest scores, largest first. */
function largestScores(scores: Float32Array, k: number): number[] {
  const top = new TopScores(k);
  for (let id = 0; id < scores.length; id++) top.offer(scores[id] as number, id);
  return top.sorted().map(({ score }) => score);
}

/** e^(score - peak) of every score added up. */
function massOf(scores: Float32Array, peak: number): number {
  let mass = 0;
  for (let id = 0; id < scores.length; id++) mass += Math.exp((scores[id] as number) - peak);
  return mass;
}

/** The last score needed, going down from the largest, for a probability of `topP` together. */
function nucleusEdge(scores: Float32Array, topP: number): number {
  const peak = largest(scores);
  const wanted = topP * massOf(scores, peak);
  // Mostly few tokens do: sorting the whole vocabulary would take longer than the rest of sampling.
  for (let k = 64; ; k *= 8) {
    const top = largestScores(scores, k);
    let mass = 0;
    for (const score of top) {
      mass += Math.exp(score - peak);
      if (mass >= wanted) return score;
    }
    if (k >= scores.length) return top.at(-1) ?? peak;
  }
}

function largest(scores: Float32Array): number {
  let peak = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < scores.length; id++) peak = Math.max(peak, scores[id] as number);
  return peak;
}

/**
 * Turns logits into weights to draw by, in transformers' order: temperature, top-k, top-p, min-p, typical, epsilon, eta.
 *
 * @param scores logits; overwritten
 * @returns a weight for each token, 0 for those left out; and their sum, 0 when every token is ruled out
 */
export function nextTokenWeights(
  scores: Float32Array,
  { temperature = 1, topK, topP = 1, ...cuts }: SamplingDistribution,
): { readonly weights: Float64Array; readonly total: number } {
  if (temperature !== 1) for (let id = 0; id < scores.length; id++) scores[id] = (scores[id] as number) / temperature;
  const keepFrom = (edge: number): void => {
    for (let id = 0; id < scores.length; id++) if ((scores[id] as number) < edge) scores[id] = Number.NEGATIVE_INFINITY;
  };
  if (topK !== undefined && topK < scores.length) {
    keepFrom(largestScores(scores, topK).at(-1) ?? Number.NEGATIVE_INFINITY);
  }
  if (topP < 1) keepFrom(nucleusEdge(scores, topP));
  cutUnlikely(scores, cuts);
  const peak = largest(scores);
  const weights = new Float64Array(scores.length);
  if (peak === Number.NEGATIVE_INFINITY) return { weights, total: 0 };
  let total = 0;
  for (let id = 0; id < scores.length; id++) total += weights[id] = Math.exp((scores[id] as number) - peak);
  return { weights, total };
}
