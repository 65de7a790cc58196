import { ConfigError } from "@dylora/errors";
import { type Adapter, createAdapter, type LoraPair } from "./adapter.ts";
import type { AdaptableModel } from "./model.ts";
import { checkRank } from "./rank-view.ts";
import { scaleAt } from "./scaling.ts";

/** A matrix or vector with its shape. */
export interface ShapedArray {
  /** Dimensions. */
  readonly shape: readonly number[];
  /** Values, row-major. */
  readonly data: Float32Array;
}

/** The fields of PEFT's `LoraConfig` that an adapter decides. */
export interface PeftFields {
  /** Rank of the pairs, unless `rank_pattern` says otherwise. */
  readonly r: number;
  /** Alpha, unless `alpha_pattern` says otherwise. */
  readonly lora_alpha: number;
  /** Dropout on the input of A in training. */
  readonly lora_dropout: number;
  /** Adapted modules: a list of names or a pattern. */
  readonly target_modules: readonly string[] | string | null;
  /** Modules trained whole. */
  readonly modules_to_save: readonly string[] | null;
  /** Ranks of single modules. */
  readonly rank_pattern: Readonly<Record<string, number>>;
  /** Alphas of single modules. */
  readonly alpha_pattern: Readonly<Record<string, number>>;
  /** True: the scale is alpha / √r. */
  readonly use_rslora: boolean;
  /** True when the base weight lies `[in, out]`, as GPT-2's Conv1D. */
  readonly fan_in_fan_out: boolean;
}

/** An adapter in PEFT's form: A `[r, in]`, B `[out, r]`. `@dylora/io` reads and writes it. */
export interface PeftData {
  /** Configuration. */
  readonly config: PeftFields;
  /** Pairs by module path. */
  readonly tensors: ReadonlyMap<string, { readonly A: ShapedArray; readonly B: ShapedArray }>;
  /** Whole parameters by name. */
  readonly modulesToSave: ReadonlyMap<string, ShapedArray>;
}

/** PEFT's alpha that gives a scale at a rank. */
function alphaFor(scale: number, rank: number, rankStabilised: boolean): number {
  // alpha / b · b is alpha again but for rounding in the last place; a whole alpha should stay whole.
  return Number((scale * (rankStabilised ? Math.sqrt(rank) : rank)).toPrecision(15));
}

/** The pairs of one site as a single pair over its whole output: parts side by side, their ranks interleaved. */
function pairOfSite(adapter: Adapter, pairs: readonly LoraPair[], rank: number) {
  const site = (pairs[0] as LoraPair).target.site;
  const rows = Math.min(rank, ...pairs.map((pair) => pair.rank));
  const total = rows * pairs.length;
  const A = new Float32Array(total * site.inFeatures);
  const B = new Float32Array(site.outFeatures * total);
  pairs.forEach((pair, part) => {
    const ownA = adapter.parameters.get(pair.nameA);
    const ownBt = adapter.parameters.get(pair.nameB);
    const first = pair.target.part?.offset ?? 0;
    const out = pair.target.outFeatures;
    for (let k = 0; k < rows; k++) {
      const row = k * pairs.length + part;
      A.set(ownA.subarray(k * site.inFeatures, (k + 1) * site.inFeatures), row * site.inFeatures);
      for (let o = 0; o < out; o++) B[(first + o) * total + row] = ownBt[k * out + o] ?? 0;
    }
  });
  return { site, rows, total, A, B };
}

/**
 * Cuts an adapter to a rank and puts it into PEFT's form. The first b rows of A and columns of B, r = b and the same
 * `lora_alpha` make PEFT's scale alpha / b: exactly the model this adapter is at rank b. Pairs on parts of a fused site
 * become one pair on the site, of rank b times the number of parts, equal in what it computes.
 *
 * @param rank effective rank b, 1 to the adapter's highest; default the highest
 * @throws ConfigError `rank_out_of_range`, or `parts_differ` when the parts of one site differ in rank or alpha
 */
export function toPeft(adapter: Adapter, rank = adapter.maxRank): PeftData {
  checkRank(rank, 1, adapter.maxRank);
  const { config, pairs, parameters } = adapter;
  const rankStabilised = config.scaling === "alpha/sqrt(b)";
  const bySite = new Map<string, LoraPair[]>();
  for (const pair of pairs) bySite.set(pair.target.site.path, [...(bySite.get(pair.target.site.path) ?? []), pair]);

  const tensors = new Map<string, { A: ShapedArray; B: ShapedArray }>();
  const ranks: Record<string, number> = {};
  const alphas: Record<string, number> = {};
  for (const [path, own] of bySite) {
    const [first] = own as [LoraPair];
    if (own.some((pair) => pair.rank !== first.rank || pair.alpha !== first.alpha)) {
      throw new ConfigError("parts_differ", `the parts of ${path} differ in rank or alpha; PEFT has one pair for them`);
    }
    const { site, rows, total, A, B } = pairOfSite(adapter, own, rank);
    tensors.set(path, {
      A: { shape: [total, site.inFeatures], data: A },
      B: { shape: [site.outFeatures, total], data: B },
    });
    ranks[path] = total;
    alphas[path] = alphaFor(scaleAt(config.scaling, rows, first.alpha), total, rankStabilised);
  }
  const r = mostCommon(Object.values(ranks));
  const alpha = mostCommon(Object.values(alphas));
  const exceptions = (values: Record<string, number>, usual: number) =>
    Object.fromEntries(
      Object.entries(values)
        .filter(([, value]) => value !== usual)
        .map(([path, value]) => [path.replaceAll(".", "\\."), value]),
    );
  const head = parameters.entries.filter(({ kind }) => kind === "full");
  const named = Array.isArray(config.targets) && pairs.every(({ target }) => target.part === undefined);
  return {
    config: {
      r,
      lora_alpha: alpha,
      lora_dropout: config.dropout,
      target_modules: named ? [...(config.targets as string[])] : [...bySite.keys()],
      modules_to_save: head.length === 0 ? null : [...new Set(head.map(({ name }) => name.split(".")[0] ?? name))],
      rank_pattern: exceptions(ranks, r),
      alpha_pattern: exceptions(alphas, alpha),
      use_rslora: rankStabilised,
      fan_in_fan_out: pairs.some(({ target }) => target.site.layout === "in-out"),
    },
    tensors,
    modulesToSave: new Map(head.map(({ name, shape }) => [name, { shape, data: parameters.get(name).slice() }])),
  };
}

function mostCommon(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 1;
}

/**
 * Makes an adapter for a model out of a PEFT adapter. Its highest rank is PEFT's; every rank below is a view like any
 * other, whether or not it was trained to be one.
 *
 * @throws ConfigError `unknown_target` for a module that the model has not, `adapter_mismatch` for a wrong shape
 */
export function fromPeft<I>(
  model: Pick<AdaptableModel<I>, "sites" | "defaultTargets" | "head">,
  { config, tensors, modulesToSave }: PeftData,
): Adapter {
  const adapter = createAdapter(model, {
    rank: config.r,
    alpha: config.lora_alpha,
    dropout: config.lora_dropout,
    targets: [...tensors.keys()],
    scaling: config.use_rslora ? "alpha/sqrt(b)" : "alpha/b",
    rankPattern: config.rank_pattern,
    alphaPattern: config.alpha_pattern,
  });
  const misfit = (path: string, found: readonly number[], wanted: readonly number[]): ConfigError =>
    new ConfigError("adapter_mismatch", `${path} is [${found}] in the adapter; the model needs [${wanted}]`);
  for (const { target, rank, nameA, nameB } of adapter.pairs) {
    const pair = tensors.get(target.path);
    if (pair === undefined) continue;
    const { A, B } = pair;
    if (A.shape.join() !== `${rank},${target.site.inFeatures}`)
      throw misfit(nameA, A.shape, [rank, target.site.inFeatures]);
    if (B.shape.join() !== `${target.outFeatures},${rank}`) throw misfit(nameB, B.shape, [target.outFeatures, rank]);
    adapter.parameters.set(nameA, A.data);
    const Bt = adapter.parameters.get(nameB);
    for (let o = 0; o < target.outFeatures; o++) {
      for (let k = 0; k < rank; k++) Bt[k * target.outFeatures + o] = B.data[o * rank + k] ?? 0;
    }
  }
  for (const { name, shape } of model.head) {
    const saved = modulesToSave.get(name);
    if (saved === undefined) continue;
    if (saved.shape.join() !== shape.join()) throw misfit(name, saved.shape, shape);
    adapter.parameters.set(name, saved.data);
  }
  return adapter;
}
