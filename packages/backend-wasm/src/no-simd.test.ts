import { freezeMatrix, frozenLinear, fusedKernelNames, PlainFrozenMatrix } from "@dylora/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { wasmBackend } from "./index.ts";

test("without SIMD nothing of ours runs, and the composed forms compute", async () => {
  tf.env().set("WASM_HAS_SIMD_SUPPORT", false);
  const backend = await wasmBackend().init();
  expect(backend.detail).toContain("no SIMD");
  expect(fusedKernelNames("wasm")).toEqual([]);
  const weight = freezeMatrix(Float32Array.of(1, 2, 3, 4), { inFeatures: 2, outFeatures: 2, layout: "in-out" });
  expect(weight).toBeInstanceOf(PlainFrozenMatrix);
  const x = tf.tensor2d([[1, 10]]);
  const y = frozenLinear(tf.gather(x, tf.tensor1d([0], "int32")), { weight });
  expect([...y.dataSync()]).toEqual([31, 42]);
  backend.dispose();
});
