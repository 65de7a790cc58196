import { ShapeError } from "@dylora/errors";
import type { FrozenMatrix, FrozenMatrixSpec } from "@dylora/tensor";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import type { NativeAddon, PackedHandle } from "./addon/addon.ts";
import type { KernelContext } from "./kernel-context.ts";

/**
 * A weight matrix as the backend multiplies it best. One copy serves both directions, but where bfloat16 is multiplied in
 * hardware: there another is made for backward when it is first asked for.
 */
export class NativeFrozenMatrix implements FrozenMatrix {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly #addon: NativeAddon;
  #packed: PackedHandle | undefined;

  /** @param values row-major in `spec.layout`; not kept */
  constructor(addon: NativeAddon, values: Float32Array, spec: FrozenMatrixSpec, bfloat16: boolean) {
    this.inFeatures = spec.inFeatures;
    this.outFeatures = spec.outFeatures;
    this.#addon = addon;
    this.#packed = addon.pack(values, spec.inFeatures, spec.outFeatures, spec.layout === "out-in", bfloat16);
  }

  /** The packed form. */
  get packed(): PackedHandle {
    if (this.#packed === undefined) throw new ShapeError("disposed", "this frozen matrix has been disposed");
    return this.#packed;
  }

  dispose(): void {
    if (this.#packed !== undefined) this.#addon.release(this.#packed);
    this.#packed = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** @throws ShapeError `foreign_matrix` for a matrix that another backend prepared */
export function packedOf(weight: FrozenMatrix): PackedHandle {
  if (weight instanceof NativeFrozenMatrix) return weight.packed;
  throw new ShapeError("foreign_matrix", "this frozen matrix was prepared by another backend; freeze it again");
}

/** x · W + bias. */
export function applyFrozen(
  { addon, tensors }: KernelContext,
  x: Tensor2D,
  weight: FrozenMatrix,
  bias: Tensor1D | undefined,
): Tensor2D {
  const [rows] = x.shape;
  const y = tensors.output<Tensor2D>([rows, weight.outFeatures]);
  const offset = bias === undefined ? null : tensors.numbers(bias);
  addon.applyPacked(packedOf(weight), false, rows, tensors.numbers(x), offset, tensors.numbers(y));
  return y;
}

/** dy · Wᵀ. */
export function applyFrozenBackward({ addon, tensors }: KernelContext, dy: Tensor2D, weight: FrozenMatrix): Tensor2D {
  const [rows] = dy.shape;
  const dx = tensors.output<Tensor2D>([rows, weight.inFeatures]);
  addon.applyPacked(packedOf(weight), true, rows, tensors.numbers(dy), null, tensors.numbers(dx));
  return dx;
}
