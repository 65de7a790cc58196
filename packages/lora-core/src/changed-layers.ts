import { ConfigError } from "@dylora/errors";
import type { WeightDeltas } from "./model.ts";
import type { AdaptableSite } from "./site.ts";

/** What {@link changedLayers} works on. */
export interface LayerChange<Layer> {
  /** The layers as they are. */
  readonly layers: readonly Layer[];
  /** The model's sites. */
  readonly sites: readonly AdaptableSite[];
  /** Paths of the sites whose weight changes. */
  readonly paths: Iterable<string>;
  /** All that is added to the weights in the file, earlier additions included. */
  readonly deltas: WeightDeltas;
  /** Module path of a layer. */
  pathOf(layer: number): string;
  /** Makes a layer anew. `deltaOf` gives what is added to the weight of a module, named below the layer. */
  read(layer: number, deltaOf: (module: string) => Float32Array | undefined): Promise<Layer>;
}

/**
 * The layers of a model with something added to some weights, for `AdaptableModel.withDeltas`: a layer that holds a
 * changed site is made anew, the others are shared.
 *
 * @throws ConfigError `unknown_target` for a path that is no site of the model
 */
export async function changedLayers<Layer>({
  layers,
  sites,
  paths,
  deltas,
  pathOf,
  read,
}: LayerChange<Layer>): Promise<Layer[]> {
  const changed = [...paths];
  const known = new Set(sites.map(({ path }) => path));
  const unknown = changed.find((path) => !known.has(path));
  if (unknown !== undefined) throw new ConfigError("unknown_target", `the model has no site "${unknown}"`);
  const result: Layer[] = [];
  for (const [index, layer] of layers.entries()) {
    const prefix = `${pathOf(index)}.`;
    const isChanged = changed.some((path) => path.startsWith(prefix));
    result.push(isChanged ? await read(index, (module) => deltas.get(prefix + module)) : layer);
  }
  return result;
}
