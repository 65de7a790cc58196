import { ShapeError } from "@dylora/errors";
import type { FrozenLinear, FrozenMatrix, FrozenMatrixSpec } from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { type KernelContext, type Matrix, multiply } from "./kernel-context.ts";

/**
 * A frozen matrix kept once, in the layout it came in. The product packs blocks of it as it goes, in either direction,
 * for about 1/rows of the product's own cost, so neither a transposed nor a packed copy is worth its memory.
 */
export class WasmFrozenMatrix implements FrozenMatrix {
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** True when rows are outputs. */
  readonly outIn: boolean;
  readonly #stored: Tensor2D;

  constructor(values: Float32Array, { inFeatures, outFeatures, layout }: FrozenMatrixSpec) {
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.outIn = layout === "out-in";
    this.#stored = tf.keep(tf.tensor2d(values, this.outIn ? [outFeatures, inFeatures] : [inFeatures, outFeatures]));
  }

  /** The numbers, `[out, in]` or `[in, out]`. */
  get stored(): Tensor2D {
    return this.#stored;
  }

  dispose(): void {
    this.#stored.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function own(weight: FrozenMatrix): WasmFrozenMatrix {
  if (weight instanceof WasmFrozenMatrix) return weight;
  throw new ShapeError("foreign_matrix", "this frozen matrix was prepared by another backend; freeze it again");
}

function storedMatrix({ memory }: KernelContext, weight: WasmFrozenMatrix): Matrix {
  return { at: memory.at(weight.stored), step: weight.outIn ? weight.inFeatures : weight.outFeatures };
}

/** y `[rows, out]` = x · W + bias. */
export function applyFrozen(
  context: KernelContext,
  rows: number,
  x: number,
  { weight, bias }: FrozenLinear,
  y: number,
): void {
  const matrix = own(weight);
  const { inFeatures, outFeatures } = matrix;
  multiply(
    context,
    [rows, outFeatures, inFeatures],
    { at: x, step: inFeatures },
    storedMatrix(context, matrix),
    { at: y, step: outFeatures },
    { transposeB: matrix.outIn, bias: bias === undefined ? 0 : context.memory.at(bias) },
  );
}

/** dx `[rows, in]` = dy · Wᵀ, or dx + it. */
export function applyFrozenGradient(
  context: KernelContext,
  rows: number,
  dy: number,
  weight: FrozenMatrix,
  dx: number,
  add: boolean,
): void {
  const matrix = own(weight);
  const { inFeatures, outFeatures } = matrix;
  multiply(
    context,
    [rows, inFeatures, outFeatures],
    { at: dy, step: outFeatures },
    storedMatrix(context, matrix),
    { at: dx, step: inFeatures },
    { transposeB: !matrix.outIn, add },
  );
}
