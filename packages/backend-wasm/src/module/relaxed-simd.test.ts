import { freezeMatrix, frozenLinear } from "@dylora/tensor";
import { expectAllClose, seededValues } from "@dylora/test-kit";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { kernelVariants } from "../fixtures/kernel-variants.ts";
import { wasmBackend } from "../index.ts";

test.runIf(kernelVariants.includes("relaxed-simd"))("relaxed SIMD is used unless it is declined", async () => {
  const [rows, inFeatures, outFeatures] = [9, 64, 16];
  const x = seededValues(rows * inFeatures, "x");
  const w = seededValues(inFeatures * outFeatures, "w");
  const results: Record<string, Float32Array> = {};
  for (const relaxedSimd of [true, false]) {
    const backend = await wasmBackend({ relaxedSimd }).init();
    const weight = freezeMatrix(w, { inFeatures, outFeatures, layout: "in-out" });
    const input = tf.tensor2d(x, [rows, inFeatures]);
    const y = frozenLinear(input, { weight });
    results[backend.detail] = y.dataSync<"float32">();
    tf.dispose([input, y]);
    weight.dispose();
    backend.dispose();
  }
  const [relaxed, standard] = Object.values(results) as [Float32Array, Float32Array];
  expect(Object.keys(results)).toEqual([
    expect.stringContaining(", relaxed SIMD, "),
    expect.not.stringContaining("relaxed"),
  ]);
  expectAllClose(relaxed, standard, { tolerance: 1e-6 });
});
