import { cpuBackend, leakGuard } from "@dylora/test-kit";
import type { Scalar, Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { useBackend } from "../backend/use-backend.ts";
import type { Backend } from "../contract/backend.ts";
import { isRecording, recordedOp, unrecorded } from "./recorded-op.ts";
import { valueAndGradients } from "./value-and-gradients.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await useBackend(cpuBackend());
});
afterAll(() => backend.dispose());

/** Squares its input and shows what it keeps to whoever wants to look. */
function square(x: Tensor1D, onGradient: (saved: readonly Tensor[], dy: Tensor) => void = () => {}): Tensor1D {
  return recordedOp(
    [x],
    () => {
      tf.ones([1000]);
      return { y: tf.square(x) as Tensor1D, saved: [tf.mul(x, 2)] };
    },
    (dy, saved) => {
      onGradient(saved, dy);
      tf.ones([1000]);
      return [tf.mul(dy, saved[0] as Tensor)];
    },
  );
}

test("what an op keeps is freed as soon as its gradient is known", async () => {
  const kept: Tensor[] = [];
  const aliveBefore: boolean[][] = [];
  const look = (saved: readonly Tensor[]): void => {
    aliveBefore.push(kept.map((tensor) => !tensor.isDisposed));
    kept.push(...saved);
  };
  const x = tf.tensor1d([3]);
  const { value, gradients } = await valueAndGradients(
    () => tf.sum(square(square(square(x, look), look), look)) as Scalar,
    [x],
  );
  x.dispose();
  expect(value).toBe(3 ** 8);
  expect(gradients[0]?.[0]).toBe(8 * 3 ** 7);
  expect(aliveBefore).toEqual([[], [false], [false, false]]);
});

test("the gradient of a result is freed as soon as it has been read, but for one that others read too", async () => {
  const seen: Tensor[] = [];
  const alive: boolean[][] = [];
  const look = (_: unknown, dy: Tensor): void => {
    alive.push(seen.map((tensor) => !tensor.isDisposed));
    seen.push(dy);
  };
  const x = tf.tensor1d([3]);
  await valueAndGradients(() => tf.sum(square(square(square(x, look), look), look)) as Scalar, [x]);
  // the first was made by tfjs, which may hold it elsewhere
  expect(alive).toEqual([[], [true], [true, false]]);

  const twice = (a: Tensor1D, b: Tensor1D): Tensor1D =>
    recordedOp(
      [a, b],
      () => ({ y: tf.add(a, b) as Tensor1D, saved: [] }),
      (dy) => [dy, dy],
    );
  const { gradients } = await valueAndGradients(
    () => tf.sum(square(twice(square(x), square(tf.mul(x, 2) as Tensor1D)))) as Scalar,
    [x],
  );
  // (x² + 4x²)² = 25x⁴
  expect(gradients[0]?.[0]).toBe(100 * 3 ** 3);
  x.dispose();
});

test("nothing is kept outside of a gradient, and nothing that was made on the way is left", async () => {
  const x = tf.tensor1d([1, 2, 3]);
  const before = tf.memory().numTensors;
  const y = square(x);
  expect(tf.memory().numTensors).toBe(before + 1);
  y.dispose();
  await leakGuard(async () => {
    await valueAndGradients(() => tf.sum(square(x)) as Scalar, [x]);
  });
  x.dispose();
});

test("an op that the loss does not depend on is freed too", async () => {
  const x = tf.tensor1d([1, 2]);
  await leakGuard(async () => {
    const { gradients } = await valueAndGradients(() => {
      square(x, () => expect.unreachable());
      return tf.sum(x) as Scalar;
    }, [x]);
    expect([...(gradients[0] ?? [])]).toEqual([1, 1]);
  });
  x.dispose();
});

test("what is not recorded has no gradient, and nothing of it is kept but its result", async () => {
  const x = tf.tensor1d([3, 5]);
  await leakGuard(async () => {
    const { value, gradients } = await valueAndGradients(() => {
      const { numTensors } = tf.memory();
      const constant = unrecorded(() => {
        expect(isRecording()).toBe(false);
        return square(tf.add(x, tf.ones([2])) as Tensor1D, () => expect.unreachable());
      });
      expect(tf.memory().numTensors).toBe(numTensors + 1);
      expect(isRecording()).toBe(true);
      return tf.sum(tf.mul(constant, x)) as Scalar;
    }, [x]);
    // Σ (x + 1)² x
    expect(value).toBe(16 * 3 + 36 * 5);
    expect([...(gradients[0] ?? [])]).toEqual([16, 36]);
  });
  x.dispose();
});

test("isRecording is true inside of a gradient alone", async () => {
  const x = tf.tensor1d([1]);
  let inside = false;
  await valueAndGradients(() => {
    inside = isRecording();
    return tf.sum(x) as Scalar;
  }, [x]);
  expect(inside).toBe(true);
  expect(isRecording()).toBe(false);
  x.dispose();
});
