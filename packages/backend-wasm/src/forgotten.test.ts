import {
  DisposableStack,
  freezeEmbedding,
  freezeMatrix,
  readVector,
  softmaxCrossEntropy,
  valueAndGradients,
} from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { wasmBackend } from "./index.ts";

const noBackend = { name: "BackendError", code: "no_backend", message: expect.stringContaining("await useBackend(") };
const source = { read: async () => Float32Array.of(1) };

test.each([
  ["reading a vector", () => readVector(source, "bias", 1, new DisposableStack())],
  ["freezing a matrix", () => freezeMatrix(Float32Array.of(1), { inFeatures: 1, outFeatures: 1, layout: "out-in" })],
  ["freezing a table", () => freezeEmbedding(Float32Array.of(1), [1, 1], "token")],
  ["a loss", () => softmaxCrossEntropy({ shape: [1, 2] } as unknown as Tensor2D, [1])],
  ["gradients", () => valueAndGradients(() => expect.unreachable(), [])],
])("%s before useBackend says what is missing", async (_, call) => {
  expect(wasmBackend().id).toBe("wasm"); // registers tfjs's backend, and starts nothing
  await expect((async () => call())()).rejects.toMatchObject(noBackend);
});

test("after the backend was disposed, too", async () => {
  const backend = await wasmBackend().init();
  backend.dispose();
  await expect(valueAndGradients(() => expect.unreachable(), [])).rejects.toMatchObject(noBackend);
});
