import type { TensorData } from "../tensor-data.ts";
import { memoryWeights } from "./memory-weights.ts";
import { type WeightSource, weightSource } from "./weight-source.ts";

/**
 * Weights with some tensors in place of others, or besides them: those that an adapter saves whole, for instance. The
 * source behind stays as it is and is closed with the result.
 *
 * @param weights at the root, under the names that `tensors` has
 * @param tensors what takes the place of tensors of the same name, whatever their shape
 * @throws `ShapeError` `tensor_shape` when an array is not as long as its shape says.
 *
 * @example
 * ```ts
 * import { memoryWeights, overlayWeights } from "@dylora/io";
 *
 * const vector = (...values: number[]) => ({ shape: [values.length], data: Float32Array.from(values) });
 * const base = memoryWeights(new Map([["a.bias", vector(1)], ["b.bias", vector(2)]]));
 * const weights = overlayWeights(base, new Map([["b.bias", vector(3, 4)]]));
 * console.log(weights.shape("b.bias"), await weights.read("a.bias", [1]));
 * ```
 */
export function overlayWeights(weights: WeightSource, tensors: ReadonlyMap<string, TensorData>): WeightSource {
  const over = memoryWeights(tensors, weights.name);
  const behind = (name: string) => (over.has(name) ? over : weights);
  return weightSource({
    name: weights.name,
    names: () => new Set([...weights.names(), ...over.names()]),
    shape: (name) => (behind(name).has(name) ? behind(name).shape(name) : undefined),
    fileOf: () => weights.name,
    read: (name) => behind(name).read(name, behind(name).shape(name)),
    close: () => weights.close(),
  });
}
