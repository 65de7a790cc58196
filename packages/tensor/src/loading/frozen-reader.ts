import type { Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { FrozenNorm } from "../contract/block.ts";
import type { FrozenLinear, FrozenMatrixSpec } from "../contract/frozen-matrix.ts";
import { freezeMatrix } from "../ops/frozen-matrix.ts";

/** Where frozen weights come from: a cursor over dotted names, such as `WeightSource` of `@dylora/io`. */
export interface WeightSource {
  /** A tensor of exactly this name and shape, row-major, in an array of its own. */
  read(name: string, shape: readonly number[]): Promise<Float32Array>;
}

/** Something that is freed once it is no longer needed: a tensor, a frozen matrix, a table. */
export interface OwnedPart {
  /** Frees it. */
  dispose(): void;
}

/** Takes a part over and returns it: it is freed with the model it belongs to, or at once when loading fails half-way. */
export type Own = <T extends OwnedPart>(part: T) => T;

/** Parts that are freed together. */
export interface Owner {
  /** See {@link Own}. */
  readonly own: Own;
  /** Frees every part. Calling it twice does nothing. */
  dispose(): void;
}

/**
 * An owner of nothing yet.
 *
 * @example
 * ```ts
 * import { createOwner } from "@dylora/tensor";
 *
 * const owner = createOwner();
 * owner.own({ dispose: () => console.log("freed") });
 * owner.dispose(); // freed
 * ```
 */
export function createOwner(): Owner {
  const parts: OwnedPart[] = [];
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

/** What is added to a weight on the way, by module path below the cursor; undefined where nothing is. */
export type DeltaOf = (module: string) => Float32Array | undefined;

/** Reads a vector, kept until its owner frees it. */
export async function readVector(source: WeightSource, name: string, size: number, own: Own): Promise<Tensor1D> {
  return own(tf.keep(tf.tensor1d(await source.read(name, [size]))));
}

/** Reads the gain (`<module>.weight`) and offset (`<module>.bias`) of a normalisation. */
export async function readNorm(source: WeightSource, module: string, size: number, own: Own): Promise<FrozenNorm> {
  return {
    gamma: await readVector(source, `${module}.weight`, size, own),
    beta: await readVector(source, `${module}.bias`, size, own),
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
  own: Own,
  deltaOf?: DeltaOf,
): Promise<FrozenLinear> {
  const weight = own(freezeMatrix(await readMatrix(source, module, spec, deltaOf), spec));
  return { weight, bias: await readVector(source, `${module}.bias`, spec.outFeatures, own) };
}
