import type { Curve, CurvePoint } from "@dylora/report";
import { curveOf } from "../sweep/sweep-curve.ts";
import { spentOn } from "./comparison-cost.ts";
import { meanOverSeeds } from "./seed-interval.ts";
import type { Trial } from "./trial.ts";

/** Parts of all seeds, and how they are put together. */
export interface ComparisonData {
  /** Every trial. */
  readonly trials: readonly Trial[];
  /** Ranks compared at, rising. */
  readonly ranks: readonly number[];
  /** Highest rank: that of DyLoRA and of the LoRA that is cut. */
  readonly highest: number;
  /** Number of seeds. */
  readonly seeds: number;
  /** Level of the intervals. */
  readonly confidence: number;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const numberOf = (score: number | null | undefined): number => score ?? Number.NaN;

/** One point out of the points of every seed. A single seed keeps its bootstrap interval. */
function overSeeds(points: readonly CurvePoint[], confidence: number): CurvePoint {
  const [first] = points as [CurvePoint];
  if (points.length === 1) return first;
  const scores = points.map(({ metric }) => numberOf(metric));
  const { mean: metric, ...interval } = meanOverSeeds(scores, confidence);
  const names = Object.keys(first.metrics ?? {});
  const further = names.map((name) => [name, mean(points.map(({ metrics }) => numberOf(metrics?.[name])))]);
  return {
    rank: first.rank,
    parameters: first.parameters,
    metric,
    ...interval,
    loss: mean(points.map(({ loss }) => numberOf(loss))),
    seconds: mean(points.map(({ seconds }) => seconds)),
    perSeed: scores,
    ...(names.length === 0 ? {} : { metrics: Object.fromEntries(further) }),
  };
}

/** The points of some trials at a rank, one for each seed. */
const pointsAt = (trials: readonly Trial[], rank: number): CurvePoint[] =>
  trials.flatMap(({ points }) => points.filter((point) => point.rank === rank));

/** DyLoRA, LoRA trained at each rank, and the LoRA of the highest rank cut to each rank: the paper's three curves. */
export function comparisonCurves({ trials, ranks, highest, seeds, confidence }: ComparisonData): Curve[] {
  const dylora = trials.filter(({ method }) => method === "dylora");
  const loraOf = (rank: number) => trials.filter((trial) => trial.method === "lora" && trial.rank === rank);
  const curve = (name: string, kind: string, behind: readonly Trial[], at: (rank: number) => readonly Trial[]): Curve =>
    curveOf(
      { name, kind, ...spentOn(behind, seeds) },
      ranks.map((rank) => overSeeds(pointsAt(at(rank), rank), confidence)),
    );
  const trained = curve("LoRA trained at each rank", "lora", ranks.flatMap(loraOf), loraOf);
  const alone = trained.points.map((point) => ({
    ...point,
    trainSeconds: spentOn(loraOf(point.rank), seeds).trainSeconds,
  }));
  return [
    curve("DyLoRA", "dylora", dylora, () => dylora),
    { ...trained, points: alone },
    curve(`LoRA rank ${highest}, cut to each rank`, "cut-lora", loraOf(highest), () => loraOf(highest)),
  ];
}
