import * as tf from "@tensorflow/tfjs-core";

/**
 * Runs a function and throws if it leaves tensors behind, or disposes some that were there before.
 *
 * @param run what should clean up after itself; its result must not be a tensor
 * @returns what `run` returned
 * @throws Error naming how many tensors and data buffers were left or lost
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
