import type { WeightSource } from "@dylora/io";
import type { WeightDeltas } from "@dylora/lora-core";
import { type FrozenLinear, type FrozenNorm, freezeMatrix } from "@dylora/tensor";
import type { Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/**
 * Takes a part over and returns it: it is freed with the model it belongs to, or at once when loading fails half-way.
 */
export type Own = <T extends { dispose(): void }>(part: T) => T;

/** Parts that are freed together. */
export interface Owner {
  /** See {@link Own}. */
  readonly own: Own;
  /** Frees every part. Calling it twice does nothing. */
  dispose(): void;
}

/** An owner of nothing yet. */
export function createOwner(): Owner {
  const parts: { dispose(): void }[] = [];
  return {
    own(part) {
      parts.push(part);
      return part;
    },
    dispose() {
      for (const part of parts.splice(0)) part.dispose();
    },
  };
}

/** What is added to the weights below a cursor, by module path below it. */
export type DeltaOf = (module: string) => ReturnType<WeightDeltas["get"]>;

/** Reads a vector, kept until its owner frees it. */
export async function readVector(source: WeightSource, name: string, size: number, own: Own): Promise<Tensor1D> {
  return own(tf.keep(tf.tensor1d(await source.read(name, [size]))));
}

/** Reads the gain and offset of a normalisation. */
export async function readNorm(source: WeightSource, size: number, own: Own): Promise<FrozenNorm> {
  return { gamma: await readVector(source, "weight", size, own), beta: await readVector(source, "bias", size, own) };
}

/** Reads a weight `[out, in]` and adds its delta, if there is one. */
export async function readMatrix(
  source: WeightSource,
  module: string,
  shape: readonly [outFeatures: number, inFeatures: number],
  deltaOf?: DeltaOf,
): Promise<Float32Array> {
  const values = await source.read(`${module}.weight`, shape);
  const delta = deltaOf?.(module);
  if (delta !== undefined) for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) + (delta[i] ?? 0);
  return values;
}

/** Reads a linear layer with its bias. */
export async function readLinear(
  source: WeightSource,
  module: string,
  [outFeatures, inFeatures]: readonly [outFeatures: number, inFeatures: number],
  own: Own,
  deltaOf?: DeltaOf,
): Promise<FrozenLinear> {
  const values = await readMatrix(source, module, [outFeatures, inFeatures], deltaOf);
  const weight = own(freezeMatrix(values, { inFeatures, outFeatures, layout: "out-in" }));
  return { weight, bias: await readVector(source, `${module}.bias`, outFeatures, own) };
}
