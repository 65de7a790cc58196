import { ConfigError, showValue } from "@dylora/errors";

/**
 * How much of an adapter a call uses. Passed with every call, stored nowhere.
 * - `full`: every pair at its own rank;
 * - `base`: adapter off, original head;
 * - `{ rank }`: the first `rank` ranks of every pair (1-based), scaled by s(rank);
 * - `{ ranks }`: a rank for every example of the batch; 0 turns the pairs off for that example (the head stays the
 *   adapter's);
 * - `{ gate }`: a factor for each rank, `[maxRank]`, nothing else applied: neither scaling nor alpha patterns
 *   (Matryoshka's diagonal).
 *
 * A pair whose own rank is smaller than the view's takes part with all of its ranks and the scale of that rank.
 */
export type RankView =
  | "full"
  | "base"
  | {
      /** Effective rank b of the whole batch, 1 to the adapter's highest. */
      readonly rank: number;
    }
  | {
      /** Effective rank of each example, 0 to the adapter's highest. */
      readonly ranks: readonly number[];
    }
  | {
      /** Factor of each rank, `[maxRank]`. */
      readonly gate: Float32Array;
    };

/**
 * Checks a view against an adapter and a batch, and turns equal ranks into one.
 *
 * @param maxRank highest rank of the adapter; 0 when it has no pairs, because they are merged
 * @param examples examples in the batch
 * @throws ConfigError `rank_out_of_range`, or `bad_view` when ranks or gate have the wrong length or a gate is not finite
 */
export function normaliseView(view: RankView, maxRank: number, examples: number): RankView {
  if (view === "full" || view === "base") return view;
  if (typeof view !== "object" || view === null) throw badView(`${showValue(view)} is no view`);
  if ("rank" in view) {
    checkRank(view.rank, 1, maxRank);
    return view;
  }
  if ("gate" in view) {
    const { gate } = view;
    if (gate.length !== maxRank) throw badView(`the gate has ${gate.length} factors and the adapter ${maxRank} ranks`);
    if (!gate.every(Number.isFinite)) throw badView(`the gate [${gate.join(", ")}] is not finite`);
    return view;
  }
  if (!("ranks" in view)) throw badView(`${showValue(view)} is no view`);
  const { ranks } = view;
  if (ranks.length !== examples) {
    throw badView(`${ranks.length} ranks for a batch of ${examples} examples; give one for each`);
  }
  for (const rank of ranks) checkRank(rank, 0, maxRank);
  const [first] = ranks;
  return first !== undefined && first > 0 && ranks.every((rank) => rank === first) ? { rank: first } : view;
}

function badView(problem: string): ConfigError {
  return new ConfigError(
    "bad_view",
    `${problem} (views are "full", "base", { rank }, { ranks: one for each example } and { gate: one for each rank })`,
  );
}

/**
 * Checks a rank given by a caller.
 *
 * @param rank effective rank b, 1-based
 * @param least lowest rank allowed
 * @param maxRank highest rank allowed; 0 for an adapter without pairs
 * @throws ConfigError `rank_out_of_range` naming the range
 */
export function checkRank(rank: number, least: number, maxRank: number): void {
  if (Number.isInteger(rank) && rank >= least && rank <= maxRank) return;
  const right =
    maxRank === 0
      ? 'this adapter has no pairs (they are merged): its only views are "full" and "base"'
      : `it must be a whole number from ${least} to ${maxRank} (ranks count from 1)`;
  throw new ConfigError("rank_out_of_range", `rank ${rank}: ${right}`, { details: { rank, least, maxRank } });
}
