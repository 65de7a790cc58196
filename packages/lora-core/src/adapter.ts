import { patternTable } from "@dylora/module-patterns";
import { foldName } from "@dylora/tensor";
import { type LoraConfig, parseLoraConfig } from "./config.ts";
import { fillUniform } from "./initialise.ts";
import type { AdaptableModel } from "./model.ts";
import { type ParameterSpec, ParameterStore } from "./parameter-store.ts";
import { checkRank } from "./rank-view.ts";
import { selectTargets } from "./select-targets.ts";
import type { Target } from "./site.ts";

/** A LoRA pair of an adapter: where it sits, how large it is. Its values lie in the adapter's parameters. */
export interface LoraPair {
  /** Where it sits. */
  readonly target: Target;
  /** Its own highest rank. */
  readonly rank: number;
  /** Its alpha. */
  readonly alpha: number;
  /** Parameter name of A `[rank, in]`. */
  readonly nameA: string;
  /** Parameter name of B, stored as Bᵀ `[rank, out]`. */
  readonly nameB: string;
}

/**
 * An adapter: pairs and head, as plain numbers in host memory. It belongs to no backend and changes no model, so one
 * base can serve many, and there is nothing to detach or dispose.
 */
export interface Adapter {
  /** Its settings, complete. */
  readonly config: LoraConfig;
  /** Its pairs, in the order of the model's sites. */
  readonly pairs: readonly LoraPair[];
  /** Highest rank of any pair: views range over 1 to this. 0 when there are no pairs, because they are merged. */
  readonly maxRank: number;
  /** Values of pairs and head. */
  readonly parameters: ParameterStore;
}

/** Options of {@link createAdapter}. */
export interface CreateAdapterOptions {
  /** Seed of A, any whole number. Default 0. */
  readonly seed?: number;
}

/**
 * Makes a fresh adapter for a model: A ~ U(-1/√in, 1/√in) (Kaiming uniform with a = √5, as loralib and PEFT), B = 0,
 * head as the model gives it. Row k of A depends on seed, path and k alone, so an adapter of rank b starts as the
 * first b ranks of one of rank r.
 *
 * @param model declares the sites and the head
 * @param settings see {@link LoraConfig}; missing fields take their defaults
 * @param options seed of A
 * @throws ConfigError as {@link parseLoraConfig} and {@link selectTargets} do
 * @throws ResourceError `out_of_memory` when its parameters do not fit into one buffer
 *
 * @example
 * ```ts
 * import { createAdapter, parameterCounts } from "@dylora/lora-core";
 *
 * const sites = ["query", "value"].map((path) => {
 *   return { path, inFeatures: 768, outFeatures: 768, layout: "out-in" } as const;
 * });
 * const adapter = createAdapter({ sites, defaultTargets: ["query", "value"], head: [] }, { rank: 8 });
 * console.log(parameterCounts(adapter).total, parameterCounts(adapter, 1).total); // 24576 3072
 * ```
 */
export function createAdapter<I>(
  model: Pick<AdaptableModel<I>, "sites" | "defaultTargets" | "head">,
  settings: Partial<LoraConfig> = {},
  { seed = 0 }: CreateAdapterOptions = {},
): Adapter {
  const parsed = parseLoraConfig(settings);
  const config = { ...parsed, targets: parsed.targets ?? model.defaultTargets };
  const targets = selectTargets(model.sites, config.targets);
  const [rankOf, alphaOf] = [patternTable(config.rankPattern), patternTable(config.alphaPattern)];
  const pairs = targets.map((target): LoraPair => {
    return {
      target,
      rank: rankOf(target.path) ?? config.rank,
      alpha: alphaOf(target.path) ?? config.alpha,
      nameA: `${target.path}.lora_A.weight`,
      nameB: `${target.path}.lora_B.weight`,
    };
  });
  const specs = pairs.flatMap(({ target, rank, nameA, nameB }): ParameterSpec[] => [
    { name: nameA, shape: [rank, target.site.inFeatures], kind: "lora_A" },
    { name: nameB, shape: [rank, target.outFeatures], kind: "lora_B" },
  ]);
  const parameters = new ParameterStore([
    ...specs,
    ...model.head.map(({ name, shape }): ParameterSpec => ({ name, shape, kind: "full" })),
  ]);
  for (const { target, nameA } of pairs) {
    fillUniform(parameters.get(nameA), 1 / Math.sqrt(target.site.inFeatures), foldName(seed, nameA));
  }
  for (const { name, values } of model.head) parameters.set(name, values);
  return { config, pairs, maxRank: pairs.reduce((most, pair) => Math.max(most, pair.rank), 0), parameters };
}

/** How many numbers an adapter trains at a rank. */
export interface ParameterCounts {
  /** In the pairs, at this rank. */
  readonly lora: number;
  /** In the head. */
  readonly head: number;
  /** Both. */
  readonly total: number;
}

/**
 * Counts trainable parameters.
 *
 * @param rank ranks in use, 0 (the head alone) to the adapter's highest; default all
 * @throws ConfigError `rank_out_of_range`
 */
export function parameterCounts({ pairs, parameters, maxRank }: Adapter, rank: number = maxRank): ParameterCounts {
  checkRank(rank, 0, maxRank);
  const lora = pairs.reduce(
    (sum, pair) => sum + Math.min(rank, pair.rank) * (pair.target.site.inFeatures + pair.target.outFeatures),
    0,
  );
  const head = parameters.entries.reduce((sum, { kind, size }) => sum + (kind === "full" ? size : 0), 0);
  return { lora, head, total: lora + head };
}
