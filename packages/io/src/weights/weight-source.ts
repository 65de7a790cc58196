/// <reference lib="esnext.disposable" preserve="true" />
import { FormatError, ShapeError } from "@dylora/errors";
import { missingTensor } from "../missing-tensor.ts";

/** What a {@link WeightSource} reads from: flat names, whichever files or maps lie behind them. */
export interface TensorStore {
  /** What messages call the whole: a file or a folder. */
  readonly name: string;
  /** Every full dotted name. */
  names(): Iterable<string>;
  /** Shape of a tensor, or `undefined` when there is none of that name. */
  shape(name: string): readonly number[] | undefined;
  /** The file that holds an existing tensor, for messages. */
  fileOf(name: string): string;
  /** Reads an existing tensor as float32. */
  read(name: string): Promise<Float32Array>;
  /** Why an expected tensor is not there, for messages, where more is known than that. */
  whyMissing?(name: string): string | undefined;
  /** Closes what lies behind. */
  close(): Promise<void>;
}

/**
 * A cursor over the dotted tensor names of a checkpoint. Names given to it are relative to where it stands.
 *
 * Cursors are cheap, immutable and share the open files. The names are those of Hugging Face checkpoints, hence the
 * module paths that PEFT keys are made of.
 *
 * @example
 * ```ts
 * import { memoryWeights } from "@dylora/io";
 *
 * const tensors = new Map([["encoder.layer.0.bias", { shape: [2], data: Float32Array.of(1, 2) }]]);
 * const layer = memoryWeights(tensors).at("encoder").at("layer.0");
 * console.log(layer.path, layer.names(), await layer.read("bias", [2]));
 * ```
 */
export interface WeightSource {
  /** Dotted path where the cursor stands; empty at the root. */
  readonly path: string;
  /** What messages call the whole: a file or a folder. */
  readonly name: string;
  /** A cursor further down. */
  at(path: string): WeightSource;
  /** True when there is a tensor of exactly this name. */
  has(name: string): boolean;
  /**
   * Shape of a tensor, outermost dimension first.
   *
   * @throws `FormatError` `missing_tensor`, naming the full path and near matches.
   */
  shape(name: string): readonly number[];
  /** Names of all tensors below the cursor, relative to it, sorted. */
  names(): readonly string[];
  /**
   * Reads a tensor as float32 in row-major order; half types are widened exactly. The array is the caller's own.
   *
   * @param expectedShape the shape that the model needs
   * @throws `FormatError` `missing_tensor`; `ShapeError` `tensor_shape` naming expected and found shape and the
   * file; `ShapeError` `tensor_dtype` for a type that is not a float; `ResourceError` `out_of_memory`.
   */
  read(name: string, expectedShape: readonly number[]): Promise<Float32Array>;
  /** Closes the files behind this cursor and every other one made from the same root. */
  close(): Promise<void>;
  /** The same, for `await using`; the sources of dylora have it. */
  [Symbol.asyncDispose]?(): Promise<void>;
}

/**
 * A path that a cursor may be moved by.
 *
 * @throws `FormatError` `bad_weight_path`
 */
export function checkedPath(path: string): string {
  if (path !== "" && !path.startsWith(".") && !path.endsWith(".")) return path;
  throw new FormatError("bad_weight_path", `"${path}" is not a dotted path of module names`);
}

/** Puts the cursor of a {@link WeightSource} over any {@link TensorStore}. */
export function weightSource(store: TensorStore, path = ""): WeightSource {
  const prefix = path === "" ? "" : `${path}.`;
  const shapeOf = (name: string): readonly number[] => {
    const full = prefix + name;
    const shape = store.shape(full);
    if (!shape) throw missingTensor(full, store.name, store.names(), store.whyMissing?.(full));
    return shape;
  };
  return {
    path,
    name: store.name,
    at: (further) => weightSource(store, prefix + checkedPath(further)),
    has: (name) => store.shape(prefix + name) !== undefined,
    shape: shapeOf,
    names: () => {
      const below = [...store.names()].filter((name) => name.startsWith(prefix));
      return below.map((name) => name.slice(prefix.length)).sort();
    },
    async read(name, expectedShape) {
      const found = shapeOf(name);
      const full = prefix + name;
      const same = found.length === expectedShape.length && found.every((size, i) => size === expectedShape[i]);
      if (same) return store.read(full);
      const file = store.fileOf(full);
      throw new ShapeError(
        "tensor_shape",
        `${file}: tensor "${full}" has shape [${found.join(", ")}], expected [${expectedShape.join(", ")}]`,
        { details: { file, name: full, found, expected: expectedShape } },
      );
    },
    close: () => store.close(),
    [Symbol.asyncDispose]: () => store.close(),
  };
}
