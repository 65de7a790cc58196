/// <reference lib="esnext.disposable" preserve="true" />
/**
 * A cursor over the dotted tensor names of a checkpoint, as `@dylora/io` makes it. It is declared here by its members, so
 * that a model can be described without that package being installed.
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
  /** Shape of a tensor, outermost dimension first. */
  shape(name: string): readonly number[];
  /** Names of all tensors below the cursor, relative to it, sorted. */
  names(): readonly string[];
  /** Reads a tensor of this shape as float32 in row-major order, into an array of the caller's own. */
  read(name: string, expectedShape: readonly number[]): Promise<Float32Array>;
  /** Closes the files behind this cursor and every other one made from the same root. */
  close(): Promise<void>;
  /** The same, for `await using`; the sources of dylora have it. */
  [Symbol.asyncDispose]?(): Promise<void>;
}
