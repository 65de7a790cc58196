import type { Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { requireBackend } from "../backend/require-backend.ts";
import type { FrozenNorm } from "../contract/block.ts";
import type { FrozenLinear, FrozenMatrixSpec } from "../contract/frozen-matrix.ts";
import { freezeMatrix } from "../ops/frozen-matrix.ts";
import type { DisposableStack } from "./disposable-stack.ts";

/** Where frozen weights come from: a cursor over dotted names, such as `WeightSource` of `@dylora/io`. */
export interface WeightSource {
  /** A tensor of exactly this name and shape, row-major, in an array of its own. */
  read(name: string, shape: readonly number[]): Promise<Float32Array>;
}

/** What is added to a weight on the way, by module path below the cursor; undefined where nothing is. */
export type DeltaOf = (module: string) => Float32Array | undefined;

/**
 * Reads a vector, which lives until the stack is disposed.
 *
 * @throws BackendError `no_backend` when none has been started
 */
export async function readVector(
  source: WeightSource,
  name: string,
  size: number,
  stack: DisposableStack,
): Promise<Tensor1D> {
  requireBackend();
  return stack.use(tf.keep(tf.tensor1d(await source.read(name, [size]))));
}

/** Reads the gain (`<module>.weight`) and offset (`<module>.bias`) of a normalisation. */
export async function readNorm(
  source: WeightSource,
  module: string,
  size: number,
  stack: DisposableStack,
): Promise<FrozenNorm> {
  return {
    gamma: await readVector(source, `${module}.weight`, size, stack),
    beta: await readVector(source, `${module}.bias`, size, stack),
  };
}

/** Reads `<module>.weight`, of the layout the spec names, and adds its delta, if there is one. */
export async function readMatrix(
  source: WeightSource,
  module: string,
  { inFeatures, outFeatures, layout }: FrozenMatrixSpec,
  deltaOf?: DeltaOf,
): Promise<Float32Array> {
  const shape = layout === "out-in" ? [outFeatures, inFeatures] : [inFeatures, outFeatures];
  const values = await source.read(`${module}.weight`, shape);
  const delta = deltaOf?.(module);
  if (delta !== undefined) for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) + (delta[i] ?? 0);
  return values;
}

/** Reads a linear layer with its bias. */
export async function readLinear(
  source: WeightSource,
  module: string,
  spec: FrozenMatrixSpec,
  stack: DisposableStack,
  deltaOf?: DeltaOf,
): Promise<FrozenLinear> {
  const weight = stack.use(freezeMatrix(await readMatrix(source, module, spec, deltaOf), spec));
  return { weight, bias: await readVector(source, `${module}.bias`, spec.outFeatures, stack) };
}
