import type { JsonObject, WeightSource } from "@dylora/io";
import type { LazyTensor } from "@dylora/io/node";
import { type Adapter, type MergedLayout, type ModelArchitecture, weightDeltas } from "@dylora/lora-core";
import type { Head } from "../adapters/head.ts";

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

/** Fields of `config.json` that say what the outputs of a head mean. */
function headFields({ outputs, problemType, labels }: Head): JsonObject {
  const names = labels ?? Array.from({ length: outputs }, (_, id) => `LABEL_${id}`);
  return {
    id2label: Object.fromEntries(names.map((name, id) => [String(id), name])),
    label2id: Object.fromEntries(names.map((name, id) => [name, id])),
    problem_type: problemType,
  };
}

/**
 * The `config.json` of a merged model.
 *
 * @param base that of the base model
 * @param head undefined for a model that generates
 */
export const mergedConfig = (
  base: JsonObject,
  { transformersClass }: Pick<ModelArchitecture, "transformersClass">,
  { config }: MergedLayout,
  head: Head | undefined,
): JsonObject => ({
  ...base,
  architectures: [transformersClass],
  ...config,
  ...(head === undefined ? {} : headFields(head)),
});
