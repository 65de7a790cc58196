import * as tf from "@tensorflow/tfjs-core";

/**
 * Runs a function and throws if it leaves tensors behind, or disposes some that were there before.
 *
 * @param run what should clean up after itself; its result must not be a tensor
 * @returns what `run` returned
 * @throws Error naming how many tensors and data buffers were left or lost
 *
 * @example
 * ```ts
 * import { wasmBackend } from "@dylora/backend-wasm";
 * import { useBackend } from "@dylora/tensor";
 * import { leakGuard } from "@dylora/test-kit";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { test } from "vitest";
 *
 * test("a sum", async () => {
 *   await useBackend(wasmBackend());
 *   await leakGuard(() => tf.tidy(() => tf.sum(tf.ones([3])).dataSync()[0]));
 * });
 * ```
 */
export async function leakGuard<T>(run: () => T | Promise<T>): Promise<T> {
  const before = tf.memory();
  const result = await run();
  const after = tf.memory();
  const tensors = after.numTensors - before.numTensors;
  const buffers = after.numDataBuffers - before.numDataBuffers;
  if (tensors === 0 && buffers === 0) return result;
  const word = tensors > 0 || buffers > 0 ? "left behind" : "disposed that were not its own";
  throw new Error(`${Math.abs(tensors)} tensors (${Math.abs(buffers)} buffers) were ${word}`);
}
