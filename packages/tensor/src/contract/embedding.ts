import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { HasDispose } from "./disposable.ts";

/** A table as a backend holds it. */
export interface FrozenTable {
  /** Its numbers; a backend may make them when they are first read. */
  readonly table: Tensor2D;
  /** What {@link FrozenEmbedding.prepared} is to give, where the backend has made it already. */
  readonly part?: HasDispose;
}

/** A frozen table of vectors; rows are looked up, no gradient goes to it. The owner calls `dispose()`. */
export interface FrozenEmbedding {
  /** The table `[rows, features]`. */
  readonly table: Tensor2D;
  /** What a row stands for, in error messages: "token", "position". */
  readonly what: string;
  /**
   * What the backend made of the table for {@link unembed}, such as a packed copy: made when first asked for, and freed
   * with the table.
   */
  prepared<Part extends HasDispose>(make: () => Part): Part;
  /** Frees the table. Calling it twice does nothing. */
  dispose(): void;
  /** The same as `dispose`, for `using`. */
  [Symbol.dispose](): void;
}
