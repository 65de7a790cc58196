import { isDefined, metricDigits } from "./format-number.ts";
import type { CurvePoint, SweepFile, Verdict } from "./sweep-file.ts";

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** A rank at which both were measured. */
export interface MeasuredPair {
  /** DyLoRA at the rank. */
  readonly dylora: CurvePoint;
  /** The LoRA that was trained at the rank. */
  readonly lora: CurvePoint;
}

/** The ranks at which DyLoRA and a LoRA trained at the rank have a score, rising. */
export function measuredPairs({ curves }: Pick<SweepFile, "curves">): MeasuredPair[] {
  const [dylora, lora] = ["dylora", "lora"].map((kind) => curves.find((curve) => curve.kind === kind));
  return (dylora?.points ?? []).flatMap((point) => {
    const other = lora?.points.find(({ rank }) => rank === point.rank);
    const both = other !== undefined && isDefined(point.metric) && isDefined(other.metric);
    return both ? [{ dylora: point, lora: other }] : [];
  });
}

/** Digits after the point that a comparison at these ranks deserves. */
export const pairDigits = (pairs: readonly MeasuredPair[]): number =>
  metricDigits(pairs.flatMap(({ dylora, lora }) => [dylora, lora]));

/** The mean margin of each seed; none where there is one seed, or one has no score. */
function seedMargins(pairs: readonly MeasuredPair[], sign: number): number[] {
  const seeds = Math.min(
    ...pairs.flatMap(({ dylora, lora }) => [dylora, lora].map(({ perSeed = [] }) => perSeed.length)),
  );
  const score = ({ perSeed }: CurvePoint, seed: number) => perSeed?.[seed] ?? Number.NaN;
  const margins = Array.from({ length: seeds }, (_, seed) =>
    mean(pairs.map(({ dylora, lora }) => sign * (score(dylora, seed) - score(lora, seed)))),
  );
  return seeds > 1 && margins.every(Number.isFinite) ? margins : [];
}

/** Who is ahead by a margin, as far as the digits shown tell. */
export function leaderBy(margin: number, digits: number): Verdict["ahead"] {
  if (Number(margin.toFixed(digits)) === 0) return "neither";
  return margin > 0 ? "dylora" : "lora";
}

/**
 * Whether DyLoRA or the LoRA trained at each rank is ahead, at the ranks where both were measured.
 *
 * @returns undefined where there is no such rank
 *
 * @example
 * ```ts
 * import { type Curve, verdictOf } from "@dylora/report";
 *
 * const parameters = { lora: 768, head: 1538, total: 2306 };
 * const curve = (kind: string, metric: number): Curve => ({
 *   name: kind,
 *   kind,
 *   points: [{ rank: 1, parameters, metric, seconds: 1 }],
 *   trainSeconds: 10,
 *   sweepSeconds: 1,
 * });
 * const metric = { name: "accuracy", higherIsBetter: true };
 * const task = { name: "tickets", kind: "classification", metric, examples: 100 };
 * const verdict = verdictOf({ curves: [curve("dylora", 0.85), curve("lora", 0.864)], task });
 * console.log(verdict?.ahead, verdict?.margin.toFixed(3)); // lora -0.014
 * ```
 */
export function verdictOf({ curves, task }: Pick<SweepFile, "curves" | "task">): Verdict | undefined {
  const pairs = measuredPairs({ curves });
  if (pairs.length === 0) return undefined;
  const sign = task.metric.higherIsBetter ? 1 : -1;
  const ranks = pairs.map(({ dylora, lora }) => ({
    rank: dylora.rank,
    margin: sign * ((dylora.metric ?? Number.NaN) - (lora.metric ?? Number.NaN)),
  }));
  const margin = mean(ranks.map((rank) => rank.margin));
  const perSeed = seedMargins(pairs, sign);
  return {
    ahead: leaderBy(margin, pairDigits(pairs)),
    margin,
    ranks,
    ...(perSeed.length === 0 ? {} : { perSeed }),
  };
}
