import type { Cost, Curve } from "@dylora/report";
import type { Part } from "../compare/part.ts";
import { type PartJob, runPart } from "../compare/run-part.ts";
import type { CommandContext } from "../context.ts";
import { curveOf } from "../sweep/sweep-curve.ts";

/** Plain LoRA trained at some ranks with the steps of the DyLoRA run, for comparison. */
export async function trainBaselines(
  ranks: readonly number[],
  seed: number,
  job: Omit<PartJob, "plan" | "ranks" | "title">,
  context: CommandContext,
): Promise<Part[]> {
  const parts: Part[] = [];
  for (const rank of ranks) {
    const title = `LoRA rank ${rank}`;
    parts.push(await runPart({ ...job, plan: { method: "lora", rank, seed }, ranks: [rank], title }, context));
  }
  return parts;
}

/** The curve of LoRAs that were trained one by one. */
export function baselineCurve(parts: readonly Part[]): Curve {
  const points = parts.flatMap(({ points, trainSeconds }) => points.map((point) => ({ ...point, trainSeconds })));
  const trainSeconds = parts.reduce((sum, part) => sum + part.trainSeconds, 0);
  return curveOf({ name: "LoRA trained at each rank", kind: "lora", trainSeconds }, points);
}

/** What a search over all ranks would cost, judged by the LoRAs that were trained. */
export function projectedCost(dylora: Curve, baseline: Curve, ranks: number): Cost {
  const [one, some] = [dylora, baseline].map(({ trainSeconds, sweepSeconds }) => trainSeconds + sweepSeconds) as [
    number,
    number,
  ];
  const trained = baseline.points.length;
  const search = (some / trained) * ranks;
  return { dylora: one, search, ratio: one / search, projected: trained < ranks };
}
