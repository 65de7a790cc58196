import { ShapeError } from "@dylora/errors";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { fusedKernels } from "./kernels.ts";

/**
 * A weight matrix that training reads millions of times and never writes. Opaque: the engine prepares it once in
 * whatever form it multiplies fastest (transposed copy, packed blocks, bfloat16). The owner calls `dispose()`.
 */
export interface FrozenMatrix {
  /** Columns of the input it multiplies. */
  readonly inFeatures: number;
  /** Columns of the product. */
  readonly outFeatures: number;
  /** Frees every prepared form. Calling it twice does nothing. */
  dispose(): void;
}

/** How the numbers handed to {@link freezeMatrix} are laid out. */
export interface FrozenMatrixSpec {
  /** Columns of the input. */
  readonly inFeatures: number;
  /** Columns of the product. */
  readonly outFeatures: number;
  /** `out-in`: rows are outputs (torch.nn.Linear); `in-out`: rows are inputs (GPT-2's Conv1D). */
  readonly layout: "out-in" | "in-out";
}

/** The frozen half of a linear layer. */
export interface FrozenLinear {
  /** Weights. */
  readonly weight: FrozenMatrix;
  /** Bias `[outFeatures]`, frozen too. */
  readonly bias?: Tensor1D;
}

/** @throws ShapeError `bad_shape` when the width of the input or the bias does not fit */
export function checkFrozenLinear(inFeatures: number, { weight, bias }: FrozenLinear): void {
  if (inFeatures !== weight.inFeatures) {
    throw new ShapeError("bad_shape", `the input has ${inFeatures} features but the weight takes ${weight.inFeatures}`);
  }
  if (bias !== undefined && (bias.shape.length !== 1 || bias.shape[0] !== weight.outFeatures)) {
    throw new ShapeError("bad_shape", `bias [${bias.shape}] does not fit a weight with ${weight.outFeatures} outputs`);
  }
}

/**
 * Hands a weight matrix to the active engine.
 *
 * @param values `inFeatures * outFeatures` numbers, row-major in `spec.layout`; not kept
 * @throws ShapeError `bad_shape` when the length does not fit
 */
export function freezeMatrix(values: Float32Array, spec: FrozenMatrixSpec): FrozenMatrix {
  if (values.length !== spec.inFeatures * spec.outFeatures) {
    throw new ShapeError(
      "bad_shape",
      `a ${spec.inFeatures} by ${spec.outFeatures} matrix needs ${spec.inFeatures * spec.outFeatures} numbers, got ${values.length}`,
    );
  }
  return fusedKernels().freezeMatrix(values, spec);
}

/** The portable form: `[in, out]` for forward, and its transpose made when the first gradient asks for it. */
export class PlainFrozenMatrix implements FrozenMatrix {
  readonly inFeatures: number;
  readonly outFeatures: number;
  #forward: Tensor2D | undefined;
  #backward: Tensor2D | undefined;

  /**
   * Keeps the matrix on the active engine.
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
}
