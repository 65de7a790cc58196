import type { Cost, Curve } from "@dylora/report";
import type { Trial } from "./trial.ts";

/** The sum, where every part is known. */
function total(parts: readonly (number | undefined)[]): number | undefined {
  return parts.reduce<number | undefined>(
    (sum, part) => (sum === undefined || part === undefined ? undefined : sum + part),
    0,
  );
}

/**
 * What the training of some trials took.
 *
 * @param seeds how many seeds the trials are of: what one of them took is given. Default 1
 */
export function spentOn(
  trials: readonly Trial[],
  seeds = 1,
): Pick<Curve, "trainSeconds" | "trainSteps" | "trainCpuSeconds"> {
  const of = (parts: readonly (number | undefined)[]) => {
    const sum = total(parts);
    return sum === undefined ? undefined : sum / seeds;
  };
  return {
    trainSeconds: of(trials.map(({ trainSeconds }) => trainSeconds)) ?? 0,
    trainSteps: of(trials.map(({ steps }) => steps)),
    trainCpuSeconds: of(trials.map(({ cpuSeconds }) => cpuSeconds)),
  };
}

/**
 * What a search over so many ranks costs beside one DyLoRA run, judged by the LoRAs that were trained.
 *
 * @experimental
 */
export function searchCost(dylora: Curve, baseline: Curve, ranks: number): Cost {
  const trained = baseline.points.length;
  const search = (some: number): number => (some / trained) * ranks;
  const wall = ({ trainSeconds, sweepSeconds }: Curve): number => trainSeconds + sweepSeconds;
  const both = (one: number | undefined, some: number | undefined) =>
    one === undefined || some === undefined ? undefined : { dylora: one, search: search(some) };
  const [one, all] = [wall(dylora), search(wall(baseline))];
  return {
    dylora: one,
    search: all,
    ratio: one / all,
    projected: trained < ranks,
    ranks,
    steps: both(dylora.trainSteps, baseline.trainSteps),
    cpu: both(dylora.trainCpuSeconds, baseline.trainCpuSeconds),
  };
}
