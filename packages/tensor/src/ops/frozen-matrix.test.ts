import { cpuBackend, leakGuard } from "@dylora/test-kit";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { useBackend } from "../backend/use-backend.ts";
import { PlainFrozenMatrix } from "../composed/frozen-matrix.ts";
import type { Backend } from "../contract/backend.ts";
import { freezeMatrix } from "./frozen-matrix.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await useBackend(cpuBackend());
});
afterAll(() => backend.dispose());

test.each(["out-in", "in-out"] as const)(
  "%s: both forms are each other's transpose, made once, outliving a tidy",
  async (layout) => {
    await leakGuard(async () => {
      const spec = { inFeatures: 2, outFeatures: 3, layout };
      let matrix!: PlainFrozenMatrix;
      tf.tidy(() => {
        matrix = new PlainFrozenMatrix(Float32Array.of(1, 2, 3, 4, 5, 6), spec);
      });
      const { forward, backward } = tf.tidy(() => ({ forward: matrix.forward, backward: matrix.backward }));
      expect(matrix.forward).toBe(forward);
      expect(matrix.backward).toBe(backward);
      expect(forward.shape).toEqual([2, 3]);
      expect(await backward.array()).toEqual(
        layout === "in-out"
          ? [
              [1, 4],
              [2, 5],
              [3, 6],
            ]
          : [
              [1, 2],
              [3, 4],
              [5, 6],
            ],
      );
      const [first, second] = (await forward.array()) as number[][];
      expect([first?.length, second?.length]).toEqual([3, 3]);
      matrix.dispose();
    });
  },
);

test("the transpose is made when it is first asked for", () => {
  const before = tf.memory().numTensors;
  const matrix = new PlainFrozenMatrix(new Float32Array(6), { inFeatures: 2, outFeatures: 3, layout: "out-in" });
  expect(tf.memory().numTensors).toBe(before + 1);
  void matrix.forward;
  expect(tf.memory().numTensors).toBe(before + 2);
  matrix.dispose();
});

test("disposed twice is harmless; used after it, an error says so", () => {
  const matrix = freezeMatrix(new Float32Array(6), { inFeatures: 2, outFeatures: 3, layout: "out-in" });
  matrix.dispose();
  matrix.dispose();
  expect(() => (matrix as PlainFrozenMatrix).forward).toThrow("this frozen matrix has been disposed");
});
