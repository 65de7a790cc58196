import type { Adapter, LoraPair } from "./adapter.ts";
import type { AdaptableModel, HeadParameter, WeightDeltas } from "./model.ts";
import { ParameterStore } from "./parameter-store.ts";
import { checkRank } from "./rank-view.ts";
import { scaleAt } from "./scaling.ts";

/** A pair with values that later training does not touch. */
interface FixedPair {
  readonly pair: LoraPair;
  /** A `[rows, in]`. */
  readonly A: Float32Array;
  /** Bᵀ `[rows, out]`. */
  readonly Bt: Float32Array;
  readonly rows: number;
  readonly scale: number;
}

function fixPair({ parameters, config }: Adapter, pair: LoraPair, rank: number): FixedPair {
  const rows = Math.min(rank, pair.rank);
  const { target, nameA, nameB } = pair;
  return {
    pair,
    A: parameters.get(nameA).slice(0, rows * target.site.inFeatures),
    Bt: parameters.get(nameB).slice(0, rows * target.outFeatures),
    rows,
    scale: scaleAt(config.scaling, rows, pair.alpha),
  };
}

/** Adds s(b) · B[:, :b] · A[:b] of a pair to `delta`, which has the site's shape and layout. */
function addPair(delta: Float32Array, { pair, A, Bt, rows, scale }: FixedPair): void {
  const { site, part, outFeatures } = pair.target;
  const width = site.inFeatures;
  const first = part?.offset ?? 0;
  for (let out = 0; out < outFeatures; out++) {
    for (let input = 0; input < width; input++) {
      let sum = 0;
      for (let k = 0; k < rows; k++) sum += (Bt[k * outFeatures + out] ?? 0) * (A[k * width + input] ?? 0);
      const row = first + out;
      const at = site.layout === "out-in" ? row * width + input : input * site.outFeatures + row;
      delta[at] = (delta[at] ?? 0) + scale * sum;
    }
  }
}

/**
 * What an adapter adds to each frozen weight at a rank: ΔW = s(b) · B[:, :b] · A[:b]. A matrix is computed when it is
 * asked for, from the adapter's values at the time of this call, so that never more than one need be in memory.
 *
 * @param adapter where A and B come from; the head is no part of the deltas
 * @param rank effective rank b, 1 to the adapter's highest; default the highest
 * @returns the path of each adapted site, and for each a matrix, row-major in the site's layout
 * @throws ConfigError `rank_out_of_range`
 *
 * @example
 * ```ts
 * import { createAdapter, weightDeltas } from "@dylora/lora-core";
 *
 * const site = { path: "encoder.query", inFeatures: 4, outFeatures: 2, layout: "out-in" } as const;
 * const adapter = createAdapter({ sites: [site], defaultTargets: ["query"], head: [] }, { rank: 2 });
 * const deltas = weightDeltas(adapter, 1);
 * for (const path of deltas.keys()) console.log(path, deltas.get(path)); // all zero: B starts at 0
 * ```
 */
export function weightDeltas(adapter: Adapter, rank: number = adapter.maxRank): WeightDeltas {
  checkRank(rank, 1, adapter.maxRank);
  const bySite = new Map<string, FixedPair[]>();
  for (const pair of adapter.pairs) {
    const { path } = pair.target.site;
    bySite.set(path, [...(bySite.get(path) ?? []), fixPair(adapter, pair, rank)]);
  }
  return {
    keys: () => bySite.keys(),
    get(path) {
      const pairs = bySite.get(path);
      const [first] = pairs ?? [];
      if (pairs === undefined || first === undefined) return undefined;
      const { inFeatures, outFeatures } = first.pair.target.site;
      const delta = new Float32Array(inFeatures * outFeatures);
      for (const pair of pairs) addPair(delta, pair);
      return delta;
    },
  };
}

/** A model whose pairs are part of its weights, and the adapter that is left: the head alone. */
export interface Merged<Inputs> {
  /** The model; dispose it before the one it was made from. */
  readonly model: AdaptableModel<Inputs>;
  /** The head, copied. */
  readonly adapter: Adapter;
}

/** Folds an adapter at a rank into a model, head included. The model and the adapter stay as they are. */
export async function mergeAdapter<Inputs>(
  model: AdaptableModel<Inputs>,
  adapter: Adapter,
  rank: number,
): Promise<Merged<Inputs>> {
  const deltas = weightDeltas(adapter, rank);
  const head = model.head.map(({ name, shape }): HeadParameter => {
    return { name, shape, values: adapter.parameters.get(name).slice(), fresh: false };
  });
  const parameters = new ParameterStore(head.map(({ name, shape }) => ({ name, shape, kind: "full" })));
  for (const { name, values } of head) parameters.set(name, values);
  const merged = withHead(await model.withDeltas(deltas), head);
  return { model: merged, adapter: { config: adapter.config, pairs: [], maxRank: 0, parameters } };
}

/**
 * The same model with other values in its head, so that the view `base` of a merged model is the merged model. What the
 * model can do beyond the contract stays, for instance continuing a text.
 */
function withHead<Inputs>(model: AdaptableModel<Inputs>, head: readonly HeadParameter[]): AdaptableModel<Inputs> {
  return {
    ...model,
    architecture: model.architecture,
    sites: model.sites,
    defaultTargets: model.defaultTargets,
    head,
    forward: (inputs, context) => model.forward(inputs, context),
    withDeltas: async (deltas) => withHead(await model.withDeltas(deltas), head),
    dispose: () => model.dispose(),
  };
}

/** The sum of two sets of deltas. */
export function addDeltas(first: WeightDeltas, second: WeightDeltas): WeightDeltas {
  return {
    keys: () => new Set([...first.keys(), ...second.keys()]),
    get(path) {
      const [sum, more] = [first.get(path), second.get(path)];
      if (sum === undefined || more === undefined) return sum ?? more;
      return sum.map((value, index) => value + (more[index] ?? 0));
    },
  };
}
