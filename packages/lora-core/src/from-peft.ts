import { type Adapter, createAdapter, type LoraPair } from "./adapter.ts";
import type { AdaptableModel } from "./model.ts";
import type { PeftAdapter, PeftLoraConfig, PeftPair } from "./peft.ts";
import { misfit } from "./peft-misfit.ts";
import { type HeadPair, type PlannedPair, planPeft } from "./plan-peft.ts";
import { namesTarget, type TargetSelector } from "./select-targets.ts";
import type { AdaptableSite } from "./site.ts";

/** PEFT's own list of names where it means just these targets, else their paths. */
function targetsOf(
  { target_modules: names }: PeftLoraConfig,
  sites: readonly AdaptableSite[],
  paths: readonly string[],
): TargetSelector {
  if (!Array.isArray(names)) return paths;
  const meant = sites.filter(({ path }) => names.some((name: string) => namesTarget(name, path)));
  const allFound = names.every((name: string) => meant.some(({ path }) => namesTarget(name, path)));
  return allFound && meant.length === paths.length && meant.every(({ path }) => paths.includes(path)) ? names : paths;
}

function setPair({ parameters }: Adapter, { nameA, nameB, rank, target }: LoraPair, { A, B }: PeftPair): void {
  parameters.set(nameA, A.data);
  const Bt = parameters.get(nameB);
  for (let o = 0; o < target.outFeatures; o++) {
    for (let k = 0; k < rank; k++) Bt[k * target.outFeatures + o] = B.data[o * rank + k] ?? 0;
  }
}

/** Adds a pair on a layer of the head to the layer's weight `[out, in]`. */
function addToHead({ parameters }: Adapter, { parameter, scale, pair: { A, B } }: HeadPair): void {
  const weight = parameters.get(parameter);
  const [rank = 0, width = 0] = A.shape;
  for (let at = 0; at < weight.length; at++) {
    const [o, i] = [Math.floor(at / width), at % width];
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += (B.data[o * rank + k] ?? 0) * (A.data[k * width + i] ?? 0);
    weight[at] = (weight[at] ?? 0) + scale * sum;
  }
}

/** Patterns that mean one path each, for what differs from the usual value. */
function patternsOf(pairs: readonly PlannedPair[], field: "rank" | "alpha", usual: number): Record<string, number> {
  const others = pairs.filter((pair) => pair[field] !== usual);
  return Object.fromEntries(others.map((pair) => [`^${pair.target.path.replaceAll(".", "\\.")}`, pair[field]]));
}

/** What {@link fromPeft} can be told. */
export interface FromPeftOptions {
  /** Told what of the adapter is left out, or done otherwise than in PEFT. */
  readonly note?: (line: string) => void;
}

/**
 * Makes an adapter for a model out of a PEFT adapter. Its highest rank is PEFT's; every rank below is a view like any
 * other, whether or not it was trained to be one. Head parameters that the adapter does not save start as the model's.
 *
 * Modules, ranks and alphas are chosen as PEFT chooses them, on the adapter's own paths, also where it was made on a bare
 * model (`encoder.layer.0…` for `roberta.encoder.layer.0…`). Pairs on the head are added to it.
 *
 * To put a head of your own on pairs that were trained with another one, leave the saved modules out:
 * `fromPeft(model, { ...peft, modulesToSave: new Map() })`.
 *
 * @param peft from `toPeft`, or `readPeftAdapter` of `@dylora/io/node`; copied
 * @param options `note` is told what is left out
 * @throws ConfigError `adapter_mismatch` for a module that the model has not, a wrong shape, a head that is announced and
 * not saved, or a saved parameter that the model's head has not; `bad_module_pattern`; and as {@link createAdapter}
 *
 * @example
 * ```ts
 * import { createAdapter, fromPeft, toPeft } from "@dylora/lora-core";
 *
 * const site = { path: "encoder.query", inFeatures: 4, outFeatures: 2, layout: "out-in" } as const;
 * const model = { sites: [site], defaultTargets: ["query"], head: [] };
 * const rankTwo = fromPeft(model, toPeft(createAdapter(model, { rank: 8 }), 2));
 * console.log(rankTwo.maxRank); // 2
 * ```
 */
export function fromPeft<Inputs>(
  model: Pick<AdaptableModel<Inputs>, "sites" | "defaultTargets" | "head"> & { readonly architecture?: string },
  peft: PeftAdapter,
  { note }: FromPeftOptions = {},
): Adapter {
  const { config, modulesToSave } = peft;
  const { pairs, headPairs, notes } = planPeft(model, peft);
  const unset = headPairs.find(({ parameter }) => {
    return !modulesToSave.has(parameter) && model.head.some(({ name, fresh }) => fresh && name === parameter);
  });
  if (unset !== undefined) {
    const problem = `it changes ${unset.parameter}, which the base model lacks: give the base with the head it was made on`;
    throw misfit(peft.name ?? "the adapter", problem);
  }
  if (note !== undefined) notes.forEach(note);
  const paths = pairs.map(({ target }) => target.path);
  const adapter = createAdapter(model, {
    rank: config.r,
    alpha: config.lora_alpha,
    dropout: config.lora_dropout,
    targets: targetsOf(config, model.sites, paths),
    scaling: config.use_rslora ? "alpha/sqrt(b)" : "alpha/b",
    rankPattern: patternsOf(pairs, "rank", config.r),
    alphaPattern: patternsOf(pairs, "alpha", config.lora_alpha),
  });
  const byPath = new Map(pairs.map(({ target, pair }) => [target.path, pair]));
  for (const pair of adapter.pairs) setPair(adapter, pair, byPath.get(pair.target.path) as PeftPair);
  for (const [name, { data }] of modulesToSave) adapter.parameters.set(name, data);
  for (const pair of headPairs) addToHead(adapter, pair);
  return adapter;
}
