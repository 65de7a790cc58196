import type { WeightSource } from "@dylora/io";
import type { LazyTensor } from "@dylora/io/node";
import { type Adapter, weightDeltas } from "@dylora/lora-core";
import type { MergedLayout } from "../architectures/architecture.ts";

/**
 * The tensors of a model with an adapter folded in at a rank: those that transformers' class has, and no others that the
 * base's files may hold, such as masks and ids. Each one is made when its turn to be written comes.
 *
 * @param weights of the base, still open
 * @param layout what the result holds
 */
export function mergedTensors(
  weights: WeightSource,
  adapter: Adapter,
  rank: number,
  layout: MergedLayout,
): Map<string, LazyTensor> {
  const deltas = weightDeltas(adapter, rank);
  const tensors = new Map<string, LazyTensor>();
  for (const { name, shape, kind } of adapter.parameters.entries) {
    if (kind === "full") tensors.set(name, { shape, load: () => adapter.parameters.get(name).slice() });
  }
  for (const [name, stored] of layout.tensors) {
    if (tensors.has(name)) continue;
    const shape = weights.shape(stored);
    tensors.set(name, {
      shape,
      async load() {
        const values = await weights.read(stored, shape);
        const delta = name.endsWith(".weight") ? deltas.get(name.slice(0, -".weight".length)) : undefined;
        return delta === undefined ? values : values.map((value, index) => value + (delta[index] as number));
      },
    });
  }
  return tensors;
}
