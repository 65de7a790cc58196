import { ConfigError } from "@dylora/errors";

/**
 * How much of an adapter a call uses. Passed with every call, stored nowhere.
 * - `full`: every pair at its own rank;
 * - `base`: adapter off, original head;
 * - `{ rank }`: the first `rank` ranks of every pair (1-based), scaled by s(rank);
 * - `{ ranks }`: a rank for every example of the batch; 0 turns the pairs off for that example;
 * - `{ gate }`: a factor for each rank, `[r]`, nothing else applied (Matryoshka's diagonal).
 */
export type RankView =
  | "full"
  | "base"
  | { readonly rank: number }
  | { readonly ranks: readonly number[] }
  | { readonly gate: Float32Array };

/**
 * Checks a view against an adapter and a batch, and turns equal ranks into one.
 *
 * @throws ConfigError `rank_out_of_range`, or `bad_view` when ranks or gate have the wrong length
 */
export function normaliseView(view: RankView, maxRank: number, examples: number): RankView {
  if (typeof view === "string") return view;
  if ("rank" in view) {
    checkRank(view.rank, 1, maxRank);
    return view;
  }
  if ("gate" in view) {
    if (view.gate.length === maxRank) return view;
    throw new ConfigError("bad_view", `the gate has ${view.gate.length} factors and the adapter ${maxRank} ranks`);
  }
  const { ranks } = view;
  if (ranks.length !== examples) {
    throw new ConfigError("bad_view", `${ranks.length} ranks for a batch of ${examples} examples; give one for each`);
  }
  for (const rank of ranks) checkRank(rank, 0, maxRank);
  const [first] = ranks;
  return first !== undefined && first > 0 && ranks.every((rank) => rank === first) ? { rank: first } : view;
}

/** @throws ConfigError `rank_out_of_range` naming the range */
export function checkRank(rank: number, least: number, maxRank: number): void {
  if (Number.isInteger(rank) && rank >= least && rank <= maxRank) return;
  throw new ConfigError("rank_out_of_range", `rank ${rank} is outside ${least} to ${maxRank}; ranks count from 1`, {
    details: { rank, maxRank },
  });
}
