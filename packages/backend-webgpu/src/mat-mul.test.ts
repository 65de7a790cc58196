import { freezeMatrix, frozenLinear, fusedKernels, loraLinear, valueAndGradients } from "@dylora/tensor";
import { expectAllClose, expectSameBits, leakGuard, seededValues } from "@dylora/test-kit";
import * as tf from "@tensorflow/tfjs-core";
import { onGpu } from "./fixtures/on-gpu.ts";

const check = onGpu();

check("long sums into few numbers give the same bits every time, and the right ones", async () => {
  const [rows, inner, columns] = [8, 4096, 96];
  const [left, right] = [seededValues(rows * inner, "left"), seededValues(inner * columns, "right")];
  const expected = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < inner; k++) {
      for (let j = 0; j < columns; j++) {
        expected[i * columns + j] =
          (expected[i * columns + j] as number) + (left[i * inner + k] as number) * (right[k * columns + j] as number);
      }
    }
  }
  await leakGuard(async () => {
    const a = tf.tensor2d(left, [rows, inner]);
    const b = tf.tensor2d(right, [inner, columns]);
    let first: ArrayLike<number> | undefined;
    for (let round = 0; round < 12; round++) {
      const y = fusedKernels().matMul(a, b);
      const numbers = await y.data();
      y.dispose();
      first ??= numbers;
      expectSameBits(numbers, first, `round ${round}`);
    }
    expectAllClose(first ?? [], expected, { tolerance: 1e-5, what: "the product" });
    tf.dispose([a, b]);
  });
});

check("gradients of a pair over a long batch are the same bits every time", async () => {
  const [rows, features, rank] = [2048, 64, 4];
  await leakGuard(async () => {
    const weight = freezeMatrix(seededValues(features * features, "weight"), {
      ...{ inFeatures: features, outFeatures: features, layout: "in-out" },
    });
    const x = tf.tensor2d(seededValues(rows * features, "x"), [rows, features]);
    const pair = ["A", "Bt"].map((name) => tf.tensor2d(seededValues(rank * features, name), [rank, features]));
    const [A, Bt] = pair as [tf.Tensor2D, tf.Tensor2D];
    const dropout = { key: 5, probability: 0.1 };
    const loss = () => {
      const y = loraLinear(x, { weight }, { A, Bt, gate: 2, dropout }, 16);
      return tf.sum(tf.mul(y, y)) as tf.Scalar;
    };
    const first = await valueAndGradients(loss, [A, Bt]);
    for (let round = 0; round < 5; round++) {
      const again = await valueAndGradients(loss, [A, Bt]);
      for (const [index, gradient] of again.gradients.entries()) {
        expectSameBits(gradient, first.gradients[index] ?? [], `round ${round}, gradient ${index}`);
      }
    }
    tf.dispose([x, ...pair]);
    weight.dispose();
  });
});

check("a bias is added in the product's own program", async () => {
  await leakGuard(async () => {
    const weight = freezeMatrix(Float32Array.of(1, 2, 3, 4), { inFeatures: 2, outFeatures: 2, layout: "in-out" });
    const [x, bias] = [tf.tensor2d([[1, 10]]), tf.tensor1d([0.5, -0.5])];
    const y = frozenLinear(x, { weight, bias });
    expectAllClose(await y.data(), [31.5, 41.5], { tolerance: 1e-6 });
    tf.dispose([x, bias, y]);
    weight.dispose();
  });
});
