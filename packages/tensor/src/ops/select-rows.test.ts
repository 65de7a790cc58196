import { cpuBackend, leakGuard } from "@dylora/test-kit";
import type { Scalar } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { valueAndGradients } from "../autodiff/value-and-gradients.ts";
import { useBackend } from "../backend/use-backend.ts";
import type { Backend } from "../contract/backend.ts";
import { selectRows } from "./select-rows.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await useBackend(cpuBackend());
});
afterAll(() => backend.dispose());

test("gives the rows in the order asked for; the gradient lands on those rows alone", async () => {
  await leakGuard(async () => {
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
    const weights = tf.tensor2d([10, 20, 30, 40], [2, 2]);
    const picked = selectRows(x, [2, 0]);
    expect(await picked.array()).toEqual([
      [5, 6],
      [1, 2],
    ]);
    const { gradients } = await valueAndGradients(() => tf.sum(tf.mul(selectRows(x, [2, 0]), weights)) as Scalar, [x]);
    expect([...(gradients[0] ?? [])]).toEqual([30, 40, 0, 0, 10, 20]);
    tf.dispose([x, weights, picked]);
  });
});

test.each([[[3]], [[-1]], [[0.5]], [[1, 1]], [[Number.NaN]]])("rows %j are refused", async (rows) => {
  const x = tf.zeros([3, 2]) as tf.Tensor2D;
  await leakGuard(() => {
    expect(() => selectRows(x, rows)).toThrow(expect.objectContaining({ code: "id_out_of_range" }));
  });
  x.dispose();
});
