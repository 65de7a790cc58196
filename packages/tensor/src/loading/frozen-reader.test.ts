import { cpuBackend, leakGuard } from "@dylora/test-kit";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { useBackend } from "../backend/use-backend.ts";
import { PlainFrozenMatrix } from "../composed/frozen-matrix.ts";
import type { Backend } from "../contract/backend.ts";
import { frozenLinear } from "../ops/frozen-matrix.ts";
import { DisposableStack } from "./disposable-stack.ts";
import { readLinear, readMatrix, readNorm, readVector, type WeightSource } from "./frozen-reader.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await useBackend(cpuBackend());
});
afterAll(() => backend.dispose());

/** Tensors by name; remembers what was asked for. */
function sourceOf(tensors: Readonly<Record<string, readonly number[]>>): WeightSource & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    async read(name, shape) {
      asked.push(`${name} [${shape}]`);
      const values = tensors[name];
      if (values === undefined) throw new Error(`no ${name}`);
      return Float32Array.from(values);
    },
  };
}

test("vectors and norms are asked for by name and shape, and outlive a tidy", async () => {
  await leakGuard(async () => {
    const stack = new DisposableStack();
    const source = sourceOf({ bias: [1, 2], "ln.weight": [3, 4], "ln.bias": [5, 6] });
    const vector = await readVector(source, "bias", 2, stack);
    const { gamma, beta } = await readNorm(source, "ln", 2, stack);
    expect(source.asked).toEqual(["bias [2]", "ln.weight [2]", "ln.bias [2]"]);
    tf.tidy(() => undefined);
    expect([...(await vector.data()), ...(await gamma.data()), ...(await beta.data())]).toEqual([1, 2, 3, 4, 5, 6]);
    stack.dispose();
    expect(vector.isDisposed && gamma.isDisposed && beta.isDisposed).toBe(true);
  });
});

test.each([
  ["out-in", "layer.weight [2,3]", [1, 2, 3, 4, 5, 6]],
  ["in-out", "layer.weight [3,2]", [1, 4, 2, 5, 3, 6]],
] as const)("a linear layer stored %s, with its delta", async (layout, asked, stored) => {
  await leakGuard(async () => {
    const stack = new DisposableStack();
    const source = sourceOf({ "layer.weight": stored, "layer.bias": [10, 20] });
    const spec = { inFeatures: 3, outFeatures: 2, layout };
    const deltaOf = (module: string) => (module === "layer" ? Float32Array.of(1, 0, 0, 0, 0, 0) : undefined);
    const layer = await readLinear(source, "layer", spec, stack, deltaOf);
    expect(source.asked[0]).toBe(asked);
    expect(layer.weight).toBeInstanceOf(PlainFrozenMatrix);
    const x = tf.tensor2d([1, 1, 1], [1, 3]);
    const y = frozenLinear(x, layer);
    expect([...(await y.data())]).toEqual([1 + 2 + 3 + 1 + 10, 4 + 5 + 6 + 20]);
    expect([...(await readMatrix(source, "layer", spec))]).toEqual(stored);
    tf.dispose([x, y]);
    stack.dispose();
  });
});

test("what was read before a failure is freed with its stack", async () => {
  await leakGuard(async () => {
    const stack = new DisposableStack();
    const source = sourceOf({ "layer.weight": [1, 2] });
    const spec = { inFeatures: 2, outFeatures: 1, layout: "out-in" } as const;
    await expect(readLinear(source, "layer", spec, stack)).rejects.toThrow("no layer.bias");
    stack.dispose();
  });
});
