import { fusedKernels } from "@dylora/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { expectAllClose } from "../closeness.ts";
import { leakGuard } from "../leak-guard.ts";
import * as reference from "../reference/index.ts";
import { seededValues } from "../seeded-values.ts";

/** Rows, inner size, columns. */
const shapes = [
  [1, 1, 1],
  [1, 7, 5],
  [5, 7, 3],
  [8, 12, 16],
  [13, 1, 17],
  [31, 37, 29],
  [4, 64, 8],
] as const;
const stacks = [1, 3, 4];

/** Stacks of products with both operands as they are and transposed, as the backend's `matMul` or `batchMatMul` gives them. */
async function checkProduct(
  [m, k, n]: readonly [number, number, number],
  [transposeA, transposeB]: readonly [boolean, boolean],
  batch: number | undefined,
  tolerance: number,
): Promise<void> {
  const count = batch ?? 1;
  const title = `${batch === undefined ? "matMul" : `batchMatMul of ${batch}`} [${m}, ${k}] · [${k}, ${n}], transposed: ${transposeA}, ${transposeB}`;
  const sizeA = transposeA ? ([k, m] as const) : ([m, k] as const);
  const sizeB = transposeB ? ([n, k] as const) : ([k, n] as const);
  const a = seededValues(count * m * k, `${title}/a`);
  const b = seededValues(count * k * n, `${title}/b`);
  const product = (index: number): reference.Matrix => {
    const left = reference.matrix(...sizeA, a.subarray(index * m * k, (index + 1) * m * k));
    const right = reference.matrix(...sizeB, b.subarray(index * k * n, (index + 1) * k * n));
    return reference.multiply(
      transposeA ? reference.transpose(left) : left,
      transposeB ? reference.transpose(right) : right,
    );
  };
  const expected = Array.from({ length: count }, (_, index) => [...product(index).values]).flat();
  await leakGuard(async () => {
    const result = tf.tidy(() =>
      batch === undefined
        ? fusedKernels().matMul(tf.tensor2d(a, [...sizeA]), tf.tensor2d(b, [...sizeB]), transposeA, transposeB)
        : fusedKernels().batchMatMul(
            tf.tensor3d(a, [batch, ...sizeA]),
            tf.tensor3d(b, [batch, ...sizeB]),
            transposeA,
            transposeB,
          ),
    );
    const shape = batch === undefined ? [m, n] : [batch, m, n];
    if (String(result.shape) !== String(shape))
      throw new Error(`${title}: shape [${result.shape}], expected [${shape}]`);
    expectAllClose(await result.data(), expected, { tolerance, what: title, shape });
    result.dispose();
  });
}

/** Every shape, every pair of flags, single and in stacks. */
export async function checkProducts(tolerance: number): Promise<void> {
  const flags = [false, true];
  for (const shape of shapes) {
    for (const transposeA of flags) {
      for (const transposeB of flags) {
        for (const batch of [undefined, ...stacks]) {
          await checkProduct(shape, [transposeA, transposeB], batch, tolerance);
        }
      }
    }
  }
}
