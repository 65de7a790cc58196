import { expect, test } from "vitest";
import { memoryWeights } from "./memory-weights.ts";
import { overlayWeights } from "./overlay-weights.ts";

const vector = (...values: number[]) => ({ shape: [values.length], data: Float32Array.from(values) });

test("tensors take the place of others, or come besides them, and the source behind is closed with the result", async () => {
  const base = memoryWeights(
    new Map([
      ["a.bias", vector(1)],
      ["b.bias", vector(2)],
    ]),
  );
  let closed = 0;
  const weights = overlayWeights(
    { ...base, close: async () => void closed++ },
    new Map([
      ["b.bias", vector(3, 4)],
      ["c.bias", vector(5)],
    ]),
  );
  expect(weights.names()).toEqual(["a.bias", "b.bias", "c.bias"]);
  expect([weights.has("c.bias"), weights.has("d.bias"), weights.shape("b.bias")]).toEqual([true, false, [2]]);
  expect([...(await weights.at("b").read("bias", [2]))]).toEqual([3, 4]);
  expect([...(await weights.read("a.bias", [1]))]).toEqual([1]);
  await expect(weights.read("b.bias", [1])).rejects.toMatchObject({ code: "tensor_shape" });
  await expect(weights.read("d.bias", [1])).rejects.toMatchObject({ code: "missing_tensor" });
  await weights.close();
  expect(closed).toBe(1);
});
