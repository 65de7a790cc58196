import { composedKernels, type FrozenEmbedding, type FrozenTable } from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { NativeAddon } from "./addon/addon.ts";
import { NativeFrozenMatrix } from "./frozen-matrix.ts";
import type { KernelContext } from "./kernel-context.ts";
import type { LazyValues } from "./tfjs/lazy-tensor.ts";

/**
 * A table of vectors in float32, held once for both of its uses: packed, features to rows, for products, and looked up
 * in this form. Its tensor has no numbers of its own until somebody reads it.
 */
class PackedTable extends NativeFrozenMatrix implements LazyValues {
  readonly #addon: NativeAddon;
  /** The embedding it belongs to, and its tensor, which may live longer. */
  readonly #holders = new Set(["embedding", "tensor"]);

  /** @param values `[rows, features]`; not kept */
  constructor(addon: NativeAddon, values: Float32Array, [rows, features]: readonly [number, number]) {
    super(addon, values, { inFeatures: features, outFeatures: rows, layout: "out-in" }, false);
    this.#addon = addon;
  }

  /** Writes rows of the table, by their numbers. */
  lookUp(ids: Int32Array, target: Float32Array): void {
    this.#addon.packedColumns(this.packed, ids, target);
  }

  fill(target: Float32Array): void {
    this.lookUp(
      Int32Array.from({ length: this.outFeatures }, (_, row) => row),
      target,
    );
  }

  release(): void {
    this.#letGo("tensor");
  }

  override dispose(): void {
    this.#letGo("embedding");
  }

  #letGo(holder: string): void {
    this.#holders.delete(holder);
    if (this.#holders.size === 0) super.dispose();
  }
}

/** A table: packed alone where it is multiplied by in float32. */
export function freezeTable(
  { addon, tensors, bfloat16 }: KernelContext,
  values: Float32Array,
  shape: [rows: number, features: number],
  output: boolean,
): FrozenTable {
  if (!output || bfloat16) return composedKernels.freezeTable(values, shape, output);
  const part = new PackedTable(addon, values, shape);
  return { table: tensors.lazyTensor<Tensor2D>(shape, part), part };
}

/** Rows of a table. */
export function runEmbed({ tensors }: KernelContext, ids: Int32Array, embedding: FrozenEmbedding): Tensor2D {
  const packed = tensors.lazyValuesOf(embedding.table);
  if (!(packed instanceof PackedTable)) return composedKernels.embed(ids, embedding);
  const y = tensors.output<Tensor2D>([ids.length, packed.inFeatures]);
  packed.lookUp(ids, tensors.numbers(y));
  return y;
}
