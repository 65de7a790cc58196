import { ConfigError, checkWhole } from "@dylora/errors";
import type { LoraConfig } from "./config.ts";
import { scaleAt } from "./scaling.ts";

/**
 * MatryoshkaLoRA's fixed diagonal (arXiv 2605.07850): P_i = Σ over trained ranks R ≥ i of w_R · s(R). Training with it
 * as the gate is training on the weighted sum of the deltas of all those ranks at once. Weights of one are the
 * paper's; weights that sum to one (a pmf) train on the mean delta, which keeps its size at that of a single rank.
 *
 * A gate is the same for every pair, so it knows no `alphaPattern`; where a `rankPattern` changes the highest rank, give
 * `rank: adapter.maxRank`.
 *
 * @param config rank, alpha and scaling of the adapter
 * @param ranks trained ranks, each from 1 to `config.rank`
 * @param weights w_R, one for each rank; default 1 / (number of ranks)
 * @returns `[config.rank]`, the gate of a view
 * @throws ConfigError `bad_matryoshka` when ranks or weights do not fit
 *
 * @experimental
 * @example
 * ```ts
 * import { matryoshkaGate } from "@dylora/lora-core";
 *
 * const gate = matryoshkaGate({ rank: 4, alpha: 8, scaling: "alpha/b" }, [1, 2, 4], [1, 1, 1]);
 * console.log(gate); // 8 + 4 + 2, 4 + 2, 2, 2
 * ```
 */
export function matryoshkaGate(
  config: Pick<LoraConfig, "rank" | "alpha" | "scaling">,
  ranks: readonly number[],
  weights: readonly number[] = ranks.map(() => 1 / ranks.length),
): Float32Array {
  if (ranks.length === 0 || weights.length !== ranks.length) {
    throw new ConfigError("bad_matryoshka", `${weights.length} weights for ${ranks.length} ranks; give one for each`);
  }
  if (!weights.every((weight) => Number.isFinite(weight) && weight >= 0)) {
    throw new ConfigError("bad_matryoshka", `the weights [${weights.join(", ")}] must be numbers of at least 0`);
  }
  const gate = new Float64Array(config.rank);
  ranks.forEach((rank, index) => {
    checkWhole("bad_matryoshka", "rank", rank, { min: 1, max: config.rank });
    const share = (weights[index] ?? 0) * scaleAt(config.scaling, rank, config.alpha);
    for (let i = 0; i < rank; i++) gate[i] = (gate[i] ?? 0) + share;
  });
  return Float32Array.from(gate);
}
