import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { KernelContext } from "./kernel-context.ts";

/** Sizes of a {@link CacheStorage}. */
export interface StorageShape {
  /** Sequences it has room for. */
  readonly rows: number;
  /** Tokens it has room for. */
  readonly capacity: number;
  /** Attention heads. */
  readonly heads: number;
  /** Features of a head. */
  readonly size: number;
}

/** Memory for keys and values that caches share: each token is written once, after all that were there. */
export class CacheStorage {
  readonly shape: StorageShape;
  /** True when its numbers are bfloat16. */
  readonly bfloat16: boolean;
  /** Tokens written: a cache that ends here can be continued in place. */
  used = 0;
  readonly #context: KernelContext;
  readonly #tensor: Tensor;
  #holders = 1;

  /** Its maker is its first holder. */
  constructor(context: KernelContext, shape: StorageShape) {
    const { rows, capacity, heads, size } = shape;
    const elements = 2 * rows * heads * capacity * size;
    this.shape = shape;
    this.bfloat16 = context.bfloat16;
    this.#context = context;
    this.#tensor = tf.keep(context.tensors.output([this.bfloat16 ? Math.ceil(elements / 2) : elements]));
  }

  /** The numbers. */
  get values(): Float32Array {
    return this.#context.tensors.numbers(this.#tensor);
  }

  /** One more holder. */
  hold(): void {
    this.#holders++;
  }

  /** One holder less; the last one frees it. */
  release(): void {
    if (--this.#holders === 0) this.#tensor.dispose();
  }
}
