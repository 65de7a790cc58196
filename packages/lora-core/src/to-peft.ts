import { ConfigError } from "@dylora/errors";
import type { Adapter, LoraPair } from "./adapter.ts";
import type { PeftAdapter, PeftPair } from "./peft.ts";
import { checkRank } from "./rank-view.ts";
import { scaleAt } from "./scaling.ts";

/** PEFT's alpha that gives a scale at a rank. */
function alphaFor(scale: number, rank: number, rankStabilised: boolean): number {
  // alpha / b · b is alpha again but for rounding in the last place; a whole alpha should stay whole.
  return Number((scale * (rankStabilised ? Math.sqrt(rank) : rank)).toPrecision(15));
}

/** The pairs of one site as a single pair over its whole output: parts side by side, their ranks interleaved. */
function pairOfSite(adapter: Adapter, pairs: readonly LoraPair[], rows: number): PeftPair {
  const { site } = (pairs[0] as LoraPair).target;
  const rank = rows * pairs.length;
  const A = new Float32Array(rank * site.inFeatures);
  const B = new Float32Array(site.outFeatures * rank);
  pairs.forEach((pair, part) => {
    const ownA = adapter.parameters.get(pair.nameA);
    const ownBt = adapter.parameters.get(pair.nameB);
    const first = pair.target.part?.offset ?? 0;
    const out = pair.target.outFeatures;
    for (let k = 0; k < rows; k++) {
      const row = k * pairs.length + part;
      A.set(ownA.subarray(k * site.inFeatures, (k + 1) * site.inFeatures), row * site.inFeatures);
      for (let o = 0; o < out; o++) B[(first + o) * rank + row] = ownBt[k * out + o] ?? 0;
    }
  });
  return { A: { shape: [rank, site.inFeatures], data: A }, B: { shape: [site.outFeatures, rank], data: B } };
}

function mostCommon(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 1;
}

/** PEFT's pattern table for what differs from the usual value: paths as regular expressions. */
function exceptions(values: ReadonlyMap<string, number>, usual: number): Record<string, number> {
  const others = [...values].filter(([, value]) => value !== usual);
  return Object.fromEntries(others.map(([path, value]) => [path.replaceAll(".", "\\."), value]));
}

function pairsBySite(pairs: readonly LoraPair[]): Map<string, [LoraPair, ...LoraPair[]]> {
  const bySite = new Map<string, [LoraPair, ...LoraPair[]]>();
  for (const pair of pairs) {
    const { path } = pair.target.site;
    const others = bySite.get(path);
    if (others === undefined) bySite.set(path, [pair]);
    else others.push(pair);
    const [first] = others ?? [pair];
    if (pair.rank === first.rank && pair.alpha === first.alpha) continue;
    throw new ConfigError("parts_differ", `the parts of ${path} differ in rank or alpha; PEFT has one pair for them`);
  }
  return bySite;
}

/**
 * Cuts an adapter to a rank and puts it into PEFT's form. The first b rows of A and columns of B, r = b and the same
 * `lora_alpha` make PEFT's scale alpha / b: exactly the model this adapter is at rank b. Another scaling is kept by the
 * alpha that gives the same factor (`alpha/sqrt(b)`: PEFT's `use_rslora`). Pairs on parts of a fused site become one
 * pair on the site, of rank b times the number of parts, equal in what it computes.
 *
 * @param adapter left as it is; the result is a copy
 * @param rank effective rank b, 1 to the adapter's highest; default the highest
 * @throws ConfigError `rank_out_of_range`, or `parts_differ` when the parts of one site differ in rank or alpha
 *
 * @example
 * ```ts
 * import { createAdapter, toPeft } from "@dylora/lora-core";
 *
 * const site = { path: "encoder.query", inFeatures: 4, outFeatures: 2, layout: "out-in" } as const;
 * const adapter = createAdapter({ sites: [site], defaultTargets: ["query"], head: [] }, { rank: 8, alpha: 16 });
 * const { config, tensors } = toPeft(adapter, 2);
 * console.log(config.r, config.lora_alpha, tensors.get("encoder.query")?.A.shape); // 2 16 [ 2, 4 ]
 * ```
 */
export function toPeft(adapter: Adapter, rank: number = adapter.maxRank): PeftAdapter {
  checkRank(rank, 1, adapter.maxRank);
  const { config, pairs, parameters } = adapter;
  const rankStabilised = config.scaling === "alpha/sqrt(b)";
  const bySite = pairsBySite(pairs);
  const tensors = new Map<string, PeftPair>();
  const ranks = new Map<string, number>();
  const alphas = new Map<string, number>();
  for (const [path, own] of bySite) {
    const [first] = own;
    const rows = Math.min(rank, first.rank);
    const total = rows * own.length;
    tensors.set(path, pairOfSite(adapter, own, rows));
    ranks.set(path, total);
    alphas.set(path, alphaFor(scaleAt(config.scaling, rows, first.alpha), total, rankStabilised));
  }
  const r = mostCommon([...ranks.values()]);
  const alpha = mostCommon([...alphas.values()]);
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
