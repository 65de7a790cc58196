import type { LossCourse } from "@dylora/trainer";
import type { OutputKind } from "../tasks/output-kind.ts";

/** Below this share of what guessing costs, a loss that does not fall is that of a model that was good before. */
const WELL_BELOW_CHANCE = 0.8;

/**
 * What to say about a training loss that did not fall, and what to do; undefined where there is nothing to say.
 *
 * @param task what was learnt: guessing among classes has a known loss, the logarithm of their number
 */
export function courseWarning(
  { verdict, start, end }: LossCourse,
  { kind, labels }: { readonly kind: OutputKind; readonly labels: readonly string[] },
): string | undefined {
  const from = `from ${start.toPrecision(3)} to ${end.toPrecision(3)}`;
  const cure = "lower 'lr' or give a 'warmupRatio'";
  if (verdict === "diverged") return `the training diverged: its loss rose ${from}; ${cure}, and begin again`;
  const chance = kind === "classification" && labels.length > 1 ? Math.log(labels.length) : undefined;
  // A model that broke in its first steps has a high loss to fall from, and comes no further down than to guessing.
  if (verdict === "fell" && chance !== undefined && end >= chance) {
    return `the training ended no better than guessing: its loss went ${from}, and guessing costs ${chance.toPrecision(3)}; ${cure}, and begin again`;
  }
  if (verdict !== "flat") return undefined;
  if (chance !== undefined && end < WELL_BELOW_CHANCE * chance) return undefined;
  const guessing = chance === undefined ? "" : ` (guessing costs ${chance.toPrecision(3)})`;
  return `the training loss hardly fell, if at all: ${from}${guessing}; where the model was not good before, too high an 'lr' breaks it (${cure}), and too low a one or too few steps leave it as it was`;
}
