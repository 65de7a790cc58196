import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { openBackend, startBackend } from "./backends.ts";

test("starting the wasm backend leaves no process-wide listeners behind", async () => {
  const count = () => ["uncaughtException", "unhandledRejection"].map((event) => process.listenerCount(event));
  const before = count();
  const backend = await startBackend("wasm");
  expect(backend.id).toBe("wasm");
  expect(count()).toEqual(before);
  backend.dispose();
});

test("auto takes a backend that runs", async () => {
  const backend = await startBackend("auto");
  expect(["wasm", "node", "native"]).toContain(backend.id);
  backend.dispose();
});

test("switching backends in one process: each starts empty and computes, and leftovers can still be disposed", async (context) => {
  const native = await openBackend("native");
  const runs = "descriptor" in native && (await native.descriptor.available()).available;
  if (!runs) return context.skip("native does not run here, and there is nothing to switch to");
  const sums: number[] = [];
  const left: tf.Tensor[] = [];
  for (const name of ["wasm", "native", "wasm", "native"]) {
    await startBackend(name);
    expect((tf.backend() as tf.KernelBackend).numDataIds()).toBe(0);
    const x: tf.Tensor2D = tf.reshape(tf.range(0, 64), [8, 8]);
    const product = tf.matMul(x, x);
    sums.push((await tf.sum(product).data())[0] as number);
    left.push(x, product);
  }
  // Column k of x sums to 224 + 8k and row k to 28 + 64k.
  const expected = Array.from({ length: 8 }, (_, k) => (224 + 8 * k) * (28 + 64 * k)).reduce((a, b) => a + b);
  for (const sum of sums) expect(sum).toBe(expected);
  for (const tensor of left) tensor.dispose();
  (await startBackend("wasm")).dispose();
});

test("native:bfloat16 is the backend in the lower precision; backends without it are refused", async () => {
  const found = await openBackend("native:bfloat16");
  if ("descriptor" in found && (await found.descriptor.available()).available) {
    const backend = await startBackend("native:bfloat16");
    expect(backend.capabilities.precision).toBe("bfloat16");
    backend.dispose();
  }
  expect(found).toMatchObject({ name: "native:bfloat16", descriptor: { id: "native" } });
  expect(await openBackend("native:float32")).toMatchObject({ name: "native" });
  await expect(startBackend("wasm:bfloat16")).rejects.toMatchObject({ code: "unknown_backend" });
  await expect(startBackend("native:int8")).rejects.toThrow("does not compute in int8");
});

test("any package with a descriptor is a backend", async () => {
  expect(await openBackend("@dylora/errors")).toMatchObject({ reason: "@dylora/errors exports no descriptor" });
  expect(await openBackend("@nobody/backend")).toMatchObject({ remedy: "npm install @nobody/backend" });
  await expect(startBackend("@nobody/backend")).rejects.toMatchObject({ code: "unknown_backend" });
});
