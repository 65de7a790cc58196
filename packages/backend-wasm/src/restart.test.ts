import { activeBackend, freezeMatrix, frozenLinear, useBackend } from "@dylora/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { wasmBackend } from "./index.ts";

async function product(): Promise<number[]> {
  const weight = freezeMatrix(Float32Array.of(1, 2, 3, 4), { inFeatures: 2, outFeatures: 2, layout: "in-out" });
  const x = tf.tensor2d([[1, 10]]);
  const y = frozenLinear(x, { weight });
  const numbers = [...(await y.data())];
  tf.dispose([x, y]);
  weight.dispose();
  return numbers;
}

test("starts that overlap all succeed, and the backend runs until the last handle is disposed", async () => {
  const handles = await Promise.all([wasmBackend().init(), wasmBackend().init(), wasmBackend().init()]);
  const [first, second, third] = handles;
  first?.dispose();
  first?.dispose();
  second?.dispose();
  expect(await product()).toEqual([31, 42]);
  third?.dispose();
  expect(tf.findBackendFactory("wasm")).toBeNull();
});

test("useBackend twice keeps one backend; disposed, it starts again in the same process", async () => {
  const [first, second] = await Promise.all([useBackend(wasmBackend()), useBackend(wasmBackend())]);
  expect(activeBackend()).toBe(second);
  first.dispose();
  expect(await product()).toEqual([31, 42]);
  second.dispose();
  expect(activeBackend()).toBeUndefined();
  for (let round = 0; round < 3; round++) {
    const backend = await useBackend(wasmBackend());
    expect(activeBackend()).toBe(backend);
    expect(await product()).toEqual([31, 42]);
    backend.dispose();
  }
});

test("the program keeps its own listeners for uncaught errors, and gets none of the module's", async () => {
  const events = ["uncaughtException", "unhandledRejection"] as const;
  const listeners = () => events.map((event) => process.rawListeners(event));
  const own = () => {};
  for (const event of events) process.on(event, own).once(event, own);
  const before = listeners();
  for (let round = 0; round < 3; round++) {
    const backend = await useBackend(wasmBackend());
    expect(listeners()).toEqual(before);
    backend.dispose();
    expect(listeners()).toEqual(before);
  }
  for (const event of events) process.removeListener(event, own).removeListener(event, own);
});

test("tensors that outlive the backend can still be disposed", async () => {
  const backend = await useBackend(wasmBackend());
  const before = tf.memory().numTensors;
  const x = tf.tensor2d([[1, 2]]);
  const weight = freezeMatrix(Float32Array.of(1, 2), { inFeatures: 2, outFeatures: 1, layout: "out-in" });
  backend.dispose();
  x.dispose();
  weight.dispose();
  const again = await useBackend(wasmBackend());
  expect(tf.memory().numTensors).toBe(before);
  again.dispose();
});
