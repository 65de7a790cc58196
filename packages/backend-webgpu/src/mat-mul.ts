import { webgpu_util } from "@tensorflow/tfjs-backend-webgpu";
import type { Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { refuseBuffer } from "./tfjs/guard-buffers.ts";
import { bufferLimit } from "./wgsl/program.ts";

/**
 * From this inner size on, and up to this many tiles of 32 by 32, tfjs cuts the sum into pieces and adds them in
 * whatever order they are done: other bits each time.
 */
const cut = { innerSize: 2000, tiles: 32 };

const programType = "WEBGPU_MATMUL_PROGRAM_TYPE";

/**
 * Runs a product of tfjs so that it gives the same bits every time.
 *
 * @param stack how many products of these sizes
 * @throws BackendError `buffer_too_large`; tfjs, refused half-way, would keep its inputs for good
 */
function inOrder<T>([rows, columns, inner]: readonly [number, number, number], product: () => T, stack = 1): T {
  refuseBuffer(4 * stack * rows * columns, bufferLimit());
  const tiles = Math.ceil(rows / 32) * Math.ceil(columns / 32);
  if (inner < cut.innerSize || tiles > cut.tiles) return product();
  const before = tf.env().getNumber(programType);
  tf.env().set(programType, webgpu_util.MatMulProgramType.MatMulSmallOutputSizeProgram);
  try {
    return product();
  } finally {
    tf.env().set(programType, before);
  }
}

const sizes = (
  a: readonly number[],
  b: readonly number[],
  transposeA: boolean,
  transposeB: boolean,
): [number, number, number] => {
  const [p, q] = a.slice(-2) as [number, number];
  const [r, s] = b.slice(-2) as [number, number];
  return [transposeA ? q : p, transposeB ? r : s, transposeA ? p : q];
};

/** op(a) · op(b). */
export function matMul(a: Tensor2D, b: Tensor2D, transposeA = false, transposeB = false): Tensor2D {
  return inOrder(sizes(a.shape, b.shape, transposeA, transposeB), () => tf.matMul(a, b, transposeA, transposeB));
}

/** op(a) · op(b) for each pair of a stack. */
export function batchMatMul(a: Tensor3D, b: Tensor3D, transposeA = false, transposeB = false): Tensor3D {
  return inOrder(
    sizes(a.shape, b.shape, transposeA, transposeB),
    () => tf.matMul(a, b, transposeA, transposeB),
    a.shape[0],
  );
}

/** a · b + bias in one program. */
export function matMulWithBias(a: Tensor2D, b: Tensor2D, bias: Tensor1D | undefined): Tensor2D {
  if (bias === undefined) return matMul(a, b);
  return inOrder(sizes(a.shape, b.shape, false, false), () => tf.fused.matMul({ a, b, bias }) as Tensor2D);
}
