import { ShapeError } from "@dylora/errors";
import type { FrozenMatrix, FrozenMatrixSpec } from "@dylora/tensor";
import type { NativeAddon, PackedHandle } from "./addon.ts";

/** A weight matrix packed once, in oneDNN's own layouts, for forward and for backward. */
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
}

/** @throws ShapeError `foreign_matrix` for a matrix that another engine prepared */
export function packedOf(weight: FrozenMatrix): PackedHandle {
  if (weight instanceof NativeFrozenMatrix) return weight.packed;
  throw new ShapeError("foreign_matrix", "this frozen matrix was prepared by another engine; freeze it again");
}
