import { ConfigError } from "@dylora/errors";
import { type Adapter, createAdapter, type LoraPair } from "./adapter.ts";
import type { AdaptableModel } from "./model.ts";
import type { PeftData, PeftFields, PeftPair } from "./peft.ts";
import { namesTarget, selectTargets, type TargetSelector } from "./select-targets.ts";
import type { AdaptableSite } from "./site.ts";

function misfit(what: string, found: readonly number[], wanted: readonly number[], hint = ""): ConfigError {
  const message = `${what} is [${found}] in the adapter; the model needs [${wanted}]${hint}`;
  return new ConfigError("adapter_mismatch", message, { details: { what, found, wanted } });
}

/** Pairs by the path of the model's site: an adapter trained on a bare encoder lacks the model's name in its paths. */
function pairsByTarget(sites: readonly AdaptableSite[], tensors: ReadonlyMap<string, PeftPair>): Map<string, PeftPair> {
  const byTarget = new Map<string, PeftPair>();
  for (const [name, pair] of tensors) {
    const targets = selectTargets(sites, [name]);
    const [target] = targets;
    if (target === undefined || targets.length > 1 || byTarget.has(target.path)) {
      const found = targets.map(({ path }) => path).join(", ");
      throw new ConfigError("adapter_mismatch", `the adapter's pair on "${name}" fits several places: ${found}`);
    }
    byTarget.set(target.path, pair);
  }
  return byTarget;
}

/** PEFT's own list of names where it means just these targets, else their paths. */
function targetsOf(
  { target_modules: names }: PeftFields,
  sites: readonly AdaptableSite[],
  paths: readonly string[],
): TargetSelector {
  if (!Array.isArray(names)) return paths;
  const meant = sites.filter(({ path }) => names.some((name: string) => namesTarget(name, path)));
  const allFound = names.every((name: string) => meant.some(({ path }) => namesTarget(name, path)));
  return allFound && meant.length === paths.length && meant.every(({ path }) => paths.includes(path)) ? names : paths;
}

function setPair({ parameters }: Adapter, { target, rank, nameA, nameB }: LoraPair, { A, B }: PeftPair): void {
  const { outFeatures, site } = target;
  if (A.shape.join() !== `${rank},${site.inFeatures}`) throw misfit(nameA, A.shape, [rank, site.inFeatures]);
  if (B.shape.join() !== `${outFeatures},${rank}`) throw misfit(nameB, B.shape, [outFeatures, rank]);
  parameters.set(nameA, A.data);
  const Bt = parameters.get(nameB);
  for (let o = 0; o < outFeatures; o++) {
    for (let k = 0; k < rank; k++) Bt[k * outFeatures + o] = B.data[o * rank + k] ?? 0;
  }
}

/**
 * Makes an adapter for a model out of a PEFT adapter. Its highest rank is PEFT's; every rank below is a view like any
 * other, whether or not it was trained to be one. Head parameters that the adapter does not save start as the model's.
 *
 * To put a head of your own on pairs that were trained with another one, leave the saved modules out:
 * `fromPeft(model, { ...peft, modulesToSave: new Map() })`.
 *
 * @param peft from `toPeft`, or `readPeftAdapter` of `@dylora/io/node`; copied
 * @throws ConfigError `unknown_target` for a module that the model has not, `adapter_mismatch` for a wrong shape or a
 * saved parameter that the model's head has not, and as {@link createAdapter}
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
  model: Pick<AdaptableModel<Inputs>, "sites" | "defaultTargets" | "head">,
  peft: PeftData,
): Adapter {
  const { config, tensors, modulesToSave } = peft;
  const pairs = pairsByTarget(model.sites, tensors);
  const adapter = createAdapter(model, {
    rank: config.r,
    alpha: config.lora_alpha,
    dropout: config.lora_dropout,
    targets: targetsOf(config, model.sites, [...pairs.keys()]),
    scaling: config.use_rslora ? "alpha/sqrt(b)" : "alpha/b",
    rankPattern: config.rank_pattern,
    alphaPattern: config.alpha_pattern,
  });
  for (const pair of adapter.pairs) setPair(adapter, pair, pairs.get(pair.target.path) as PeftPair);
  const hint = "; to start with another head, leave the saved modules out: { ...peft, modulesToSave: new Map() }";
  for (const [name, { shape, data }] of modulesToSave) {
    const own = model.head.find((parameter) => parameter.name === name);
    if (own === undefined) {
      const head = model.head.map((parameter) => parameter.name).join(", ") || "none";
      throw new ConfigError(
        "adapter_mismatch",
        `the adapter saves ${name}, which is no parameter of the model's head (it has: ${head})${hint}`,
      );
    }
    if (own.shape.join() !== shape.join()) throw misfit(name, shape, own.shape, hint);
    adapter.parameters.set(name, data);
  }
  return adapter;
}
