import { cpuBackend } from "@dylora/test-kit";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { useBackend } from "./backend/use-backend.ts";
import type { Backend } from "./contract/backend.ts";
import type { FusedKernels } from "./contract/kernels.ts";
import { additiveMask } from "./ops/attention-mask.ts";
import { gelu } from "./ops/gelu.ts";
import { composedKernels, fusedKernelNames, fusedKernels, registerFusedKernels } from "./registry.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await useBackend(cpuBackend());
});
afterAll(() => {
  registerFusedKernels("cpu", {});
  backend.dispose();
});

test("a backend's own kernels replace the composed ones, the rest stay; a later call replaces an earlier", async () => {
  expect(fusedKernels()).toEqual(composedKernels);
  const twice: FusedKernels["gelu"] = (x) => tf.mul(x, 2);
  registerFusedKernels("cpu", { gelu: twice, matMul: composedKernels.matMul });
  expect(fusedKernelNames("cpu")).toEqual(["gelu", "matMul"]);
  expect(fusedKernels()).toEqual({ ...composedKernels, gelu: twice });
  const x = tf.tensor1d([1, 3]);
  const y = gelu(x);
  expect([...(await y.data())]).toEqual([2, 6]);
  tf.dispose([x, y]);
  registerFusedKernels("cpu", {});
  expect(fusedKernelNames("cpu")).toEqual([]);
  expect(fusedKernels().gelu).toBe(composedKernels.gelu);
  expect(fusedKernelNames("unheard-of")).toEqual([]);
});

test("a mask that hides nothing is no mask", async () => {
  expect(additiveMask([1, 1, 1, 1], 2, 2)).toBeUndefined();
  const mask = additiveMask([1, 0, 1, 1], 2, 2);
  expect(await mask?.array()).toEqual([
    [0, -1e9],
    [0, 0],
  ]);
  mask?.dispose();
});
