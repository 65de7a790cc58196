import type { FrozenEmbedding } from "@dylora/tensor";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { PackedHandle } from "./addon/addon.ts";
import { NativeFrozenMatrix } from "./frozen-matrix.ts";
import type { KernelContext } from "./kernel-context.ts";
import { type LazyValues, pin } from "./tfjs/lazy-tensor.ts";

/** The table as a frozen matrix, features to rows: packed by the first call, in the backend's precision. */
export function packedTable(
  { addon, tensors, bfloat16 }: KernelContext,
  embedding: FrozenEmbedding,
): NativeFrozenMatrix {
  const { table } = embedding;
  const [outFeatures, inFeatures] = table.shape;
  return embedding.prepared(
    () =>
      new NativeFrozenMatrix(addon, tensors.numbers(table), { inFeatures, outFeatures, layout: "out-in" }, bfloat16),
  );
}

/** Scores against a whole vocabulary that nobody has read: a loss takes them a few rows at a time. */
export class LazyLogits implements LazyValues {
  readonly #context: KernelContext;
  readonly #embedding: FrozenEmbedding;
  /** Hidden states `[rows, features]`. */
  readonly x: Tensor2D;
  /** `[table rows]`. */
  readonly bias: Tensor1D | undefined;

  constructor(context: KernelContext, x: Tensor2D, embedding: FrozenEmbedding, bias: Tensor1D | undefined) {
    this.#context = context;
    this.#embedding = embedding;
    this.x = pin(x);
    this.bias = bias === undefined ? undefined : pin(bias);
  }

  /** The vocabulary's matrix, features to rows. */
  get packed(): PackedHandle {
    return packedTable(this.#context, this.#embedding).packed;
  }

  fill(target: Float32Array): void {
    const { addon, tensors } = this.#context;
    const bias = this.bias === undefined ? null : tensors.numbers(this.bias);
    addon.applyPacked(this.packed, false, this.x.shape[0], tensors.numbers(this.x), bias, target);
  }

  release(): void {
    tf.dispose([this.x, ...(this.bias === undefined ? [] : [this.bias])]);
  }
}
