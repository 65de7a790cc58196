import { ShapeError } from "@dylora/errors";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { FrozenMatrix, FrozenMatrixSpec } from "../contract/frozen-matrix.ts";
import type { FusedKernels } from "../contract/kernels.ts";

/** The portable form: `[in, out]` for forward, and its transpose made when the first gradient asks for it. */
export class PlainFrozenMatrix implements FrozenMatrix {
  readonly inFeatures: number;
  readonly outFeatures: number;
  #forward: Tensor2D | undefined;
  #backward: Tensor2D | undefined;

  /**
   * Keeps the matrix on the active backend.
   *
   * @param values row-major in `spec.layout`; not kept
   */
  constructor(values: Float32Array, spec: FrozenMatrixSpec) {
    this.inFeatures = spec.inFeatures;
    this.outFeatures = spec.outFeatures;
    const given = tf.keep(
      spec.layout === "in-out"
        ? tf.tensor2d(values, [spec.inFeatures, spec.outFeatures])
        : tf.tensor2d(values, [spec.outFeatures, spec.inFeatures]),
    );
    if (spec.layout === "in-out") this.#forward = given;
    else this.#backward = given;
  }

  /** `[in, out]`. */
  get forward(): Tensor2D {
    this.#forward ??= tf.keep(tf.transpose(this.#live(this.#backward)));
    return this.#forward;
  }

  /** `[out, in]`. */
  get backward(): Tensor2D {
    this.#backward ??= tf.keep(tf.transpose(this.#live(this.#forward)));
    return this.#backward;
  }

  #live(tensor: Tensor2D | undefined): Tensor2D {
    if (tensor === undefined) throw new ShapeError("disposed", "this frozen matrix has been disposed");
    return tensor;
  }

  dispose(): void {
    this.#forward?.dispose();
    this.#backward?.dispose();
    this.#forward = undefined;
    this.#backward = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Both forms lie on the backend as plain tensors. */
export function freezeMatrix(values: Float32Array, spec: FrozenMatrixSpec): FrozenMatrix {
  return new PlainFrozenMatrix(values, spec);
}

type Product = Pick<FusedKernels, "matMul">;

/** x · W + bias. */
export function frozenLinear(
  kernels: Product,
  x: Tensor2D,
  weight: FrozenMatrix,
  bias: Tensor1D | undefined,
): Tensor2D {
  const product = kernels.matMul(x, (weight as PlainFrozenMatrix).forward);
  return bias === undefined ? product : (tf.add(product, bias) as Tensor2D);
}

/** dy · Wᵀ from a transposed copy: tfjs backends multiply slowly with transpose flags. */
export function frozenLinearGradient(kernels: Product, dy: Tensor2D, weight: FrozenMatrix): Tensor2D {
  return kernels.matMul(dy, (weight as PlainFrozenMatrix).backward);
}
