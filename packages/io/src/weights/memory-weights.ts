import { ShapeError } from "@dylora/errors";
import { elementCount, type TensorData } from "../tensor-data.ts";
import { type WeightSource, weightSource } from "./weight-source.ts";

/**
 * Weights that lie in memory: a model made by hand, random initial values, a test. Reads copy.
 *
 * @param name what error messages call it
 * @throws `ShapeError` `tensor_shape` when an array is not as long as its shape says.
 */
export function memoryWeights(tensors: ReadonlyMap<string, TensorData>, name = "weights in memory"): WeightSource {
  for (const [key, { shape, data }] of tensors) {
    if (elementCount(shape) === data.length) continue;
    throw new ShapeError("tensor_shape", `${name}: "${key}" [${shape.join(", ")}] holds ${data.length} elements`);
  }
  return weightSource({
    name,
    names: () => tensors.keys(),
    shape: (key) => tensors.get(key)?.shape,
    fileOf: () => name,
    read: async (key) => tensors.get(key)!.data.slice(),
    async close() {},
  });
}
