import { countChunks } from "./align.ts";
import type { Match, MeteorText } from "./matches.ts";
import type { MeteorParameters } from "./parameters.ts";

/** Columns of a METEOR row: lengths, four counts for each of four modules, chunks, matched words. */
export const meteorWidth = 23;

/** What a METEOR score is made of. */
export interface MeteorParts {
  /** Weighted share of the hypothesis that is matched. */
  readonly precision: number;
  /** Weighted share of the reference that is matched. */
  readonly recall: number;
  /** γ · fragmentation^β. */
  readonly penalty: number;
  /** Fmean · (1 − penalty), at least 0. */
  readonly score: number;
}

/**
 * Sufficient statistics `[23]` of an alignment, in METEOR's order: hypothesis and reference length, their function words;
 * for each module matched content words of hypothesis and reference, then function words of both; chunks; matched words
 * of both. A pair matched whole in one chunk counts 0 chunks.
 */
export function meteorStatistics(
  hypothesis: MeteorText,
  reference: MeteorText,
  chosen: readonly (Match | undefined)[],
): Float64Array {
  const row = new Float64Array(meteorWidth);
  row[0] = hypothesis.words.length;
  row[1] = reference.words.length;
  row[2] = hypothesis.isFunction.reduce((sum, bit) => sum + bit, 0);
  row[3] = reference.isFunction.reduce((sum, bit) => sum + bit, 0);
  for (const match of chosen) {
    if (match === undefined) continue;
    const column = 4 + 4 * match.module;
    for (let k = 0; k < match.length; k++) row[column + 2 * hypothesis.isFunction[match.start + k]!]!++;
    for (let k = 0; k < match.referenceLength; k++) {
      row[column + 1 + 2 * reference.isFunction[match.referenceStart + k]!]!++;
    }
    row[21]! += match.length;
    row[22]! += match.referenceLength;
  }
  const chunks = countChunks(chosen);
  row[20] = chunks === 1 && row[21] === row[0] && row[22] === row[1] ? 0 : chunks;
  return row;
}

/** Score from the statistics of one segment or from their sums. */
export function meteorFromSums(sums: Float64Array, parameters: MeteorParameters): MeteorParts {
  const { alpha, beta, gamma, delta, weights } = parameters;
  const weigh = (content: number, functional: number) => delta * content + (1 - delta) * functional;
  let matched = 0;
  let referenceMatched = 0;
  weights.forEach((weight, m) => {
    const column = 4 + 4 * m;
    matched += weight * weigh(sums[column]!, sums[column + 2]!);
    referenceMatched += weight * weigh(sums[column + 1]!, sums[column + 3]!);
  });
  const precision = matched / weigh(sums[0]! - sums[2]!, sums[2]!) || 0;
  const recall = referenceMatched / weigh(sums[1]! - sums[3]!, sums[3]!) || 0;
  const words = (sums[21]! + sums[22]!) / 2;
  const penalty = words > 0 ? gamma * (sums[20]! / words) ** beta : 0;
  const mean = precision > 0 && recall > 0 ? 1 / ((1 - alpha) / precision + alpha / recall) : 0;
  return { precision, recall, penalty, score: Math.max(0, mean * (1 - penalty)) };
}
