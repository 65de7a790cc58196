import { lossCourse } from "@dylora/trainer";
import type { Curve } from "../api.ts";
import type { Guess } from "./guess.ts";

/** Below this number of steps a model has only begun to learn. */
const FEWEST = 20;

/** A loss that is so many times another lies far above it. */
const FAR = 1.25;

const CURE = "Lower the learning rate, and train again.";

/**
 * What is wrong with a trained adapter, for people; undefined where nothing is.
 *
 * @param losses of all steps
 * @param curve what its ranks are worth on the lines held back
 * @param guess what guessing is worth there, where there are classes
 */
export function problemOf(
  losses: readonly number[],
  curve: Curve | undefined,
  guess: Guess | undefined,
): string | undefined {
  const { verdict, start, end } = lossCourse(losses);
  const loss = curve?.losses.at(-1);
  if (loss !== undefined && !Number.isFinite(loss))
    return `The training diverged: its loss is no number any more. ${CURE}`;
  if (verdict === "diverged") {
    return `The training diverged: its loss rose from ${start.toFixed(2)} to ${end.toFixed(2)}. ${CURE}`;
  }
  if (loss === undefined || guess === undefined) return undefined;
  // A loss above that of guessing alone is no proof: it comes from few lines that are answered wrongly and with certainty.
  if ((curve?.accuracies.at(-1) ?? 0) > guess.accuracy) return undefined;
  const found = `at rank ${curve?.losses.length} the loss on the lines held back is ${loss.toFixed(2)}, and guessing costs ${guess.loss.toFixed(2)}.`;
  if (loss > FAR * guess.loss) return `The training diverged: ${found} ${CURE}`;
  // A model that broke on the way ends at guessing; one that has only begun is there too.
  if (losses.length < FEWEST || loss < guess.loss) return undefined;
  const broke = Math.max(...losses) > 2 * FAR * guess.loss;
  if (broke) return `The training diverged, and ended no better than guessing: ${found} ${CURE}`;
  return `The adapter is no better than guessing: ${found} Take more steps, more lines or another learning rate.`;
}
