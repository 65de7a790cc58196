import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { cpuBackend } from "./cpu-backend.ts";
import { leakGuard } from "./leak-guard.ts";

let stop: () => void;
beforeAll(async () => {
  stop = (await cpuBackend().init()).dispose;
});
afterAll(() => stop());

test("gives the result of a function that cleans up", async () => {
  const sum = await leakGuard(async () => {
    const x = tf.tensor1d([1, 2]);
    const numbers = await x.data();
    x.dispose();
    return (numbers[0] as number) + (numbers[1] as number);
  });
  expect(sum).toBe(3);
});

test("counts what is left behind and what is lost", async () => {
  const left: tf.Tensor[] = [];
  await expect(leakGuard(() => void left.push(tf.zeros([2]), tf.zeros([3])))).rejects.toThrow(
    "2 tensors (2 buffers) were left behind",
  );
  await expect(leakGuard(() => tf.dispose(left))).rejects.toThrow("2 tensors (2 buffers) were disposed");
  const x = tf.zeros([2]);
  let alias: tf.Tensor | undefined;
  await expect(
    leakGuard(() => {
      alias = tf.reshape(x, [1, 2]);
    }),
  ).rejects.toThrow("1 tensors (0 buffers) were left behind");
  tf.dispose([x, alias as tf.Tensor]);
});

test("the cpu backend starts without a word", async () => {
  const spies = (["log", "warn", "info"] as const).map((name) => vi.spyOn(console, name));
  const backend = await cpuBackend().init();
  tf.zeros([2]).dispose();
  backend.dispose();
  for (const spy of spies) expect(spy).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});
