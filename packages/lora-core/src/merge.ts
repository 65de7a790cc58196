import type { Adapter, LoraPair } from "./adapter.ts";
import type { AdaptableModel } from "./model.ts";
import { checkRank } from "./rank-view.ts";
import { scaleAt } from "./scaling.ts";

/** Adds s(b) · B[:, :b] · A[:b] of a pair to `delta`, which has the site's shape and layout. */
function addPair(delta: Float32Array, adapter: Adapter, pair: LoraPair, rank: number): void {
  const { site, part } = pair.target;
  const rows = Math.min(rank, pair.rank);
  const scale = scaleAt(adapter.config.scaling, rows, pair.alpha);
  const A = adapter.parameters.get(pair.nameA);
  const Bt = adapter.parameters.get(pair.nameB);
  const width = site.inFeatures;
  const first = part?.offset ?? 0;
  for (let out = 0; out < pair.target.outFeatures; out++) {
    for (let input = 0; input < width; input++) {
      let sum = 0;
      for (let k = 0; k < rows; k++) sum += (Bt[k * pair.target.outFeatures + out] ?? 0) * (A[k * width + input] ?? 0);
      const row = first + out;
      const at = site.layout === "out-in" ? row * width + input : input * site.outFeatures + row;
      delta[at] = (delta[at] ?? 0) + scale * sum;
    }
  }
}

/**
 * What an adapter adds to each frozen weight at a rank: ΔW = s(b) · B[:, :b] · A[:b].
 *
 * @param rank effective rank b, 1 to the adapter's highest
 * @returns for each adapted site's path a matrix, row-major in the site's layout
 * @throws ConfigError `rank_out_of_range`
 */
export function weightDeltas(adapter: Adapter, rank: number): Map<string, Float32Array> {
  checkRank(rank, 1, adapter.maxRank);
  const deltas = new Map<string, Float32Array>();
  for (const pair of adapter.pairs) {
    const { path, inFeatures, outFeatures } = pair.target.site;
    const delta = deltas.get(path) ?? new Float32Array(inFeatures * outFeatures);
    addPair(delta, adapter, pair, rank);
    deltas.set(path, delta);
  }
  return deltas;
}

/** The model with an adapter's deltas folded in; see `AdaptableModel.withDeltas` for who owns what. */
export async function mergedModel<I>(
  model: AdaptableModel<I>,
  adapter: Adapter,
  rank: number,
): Promise<AdaptableModel<I>> {
  return model.withDeltas(weightDeltas(adapter, rank));
}
