import { expect, test } from "vitest";
import { bytesFromArray } from "../byte-source.ts";
import { safetensorsWeights } from "../weights/safetensors-weights.ts";
import { encodeSafetensors } from "./encode.ts";
import { openSafetensors } from "./open.ts";

test("what was encoded is read back, by cursor and by name", async () => {
  const bytes = encodeSafetensors(
    new Map([
      ["encoder.weight", { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, -0) }],
      ["encoder.bias", { shape: [], data: Float32Array.of(7) }],
    ]),
    { format: "pt" },
  );
  const file = await openSafetensors(bytesFromArray(bytes, "model.safetensors"));
  expect(file.metadata).toEqual({ format: "pt" });
  const weights = safetensorsWeights(file).at("encoder");
  expect(weights.names()).toEqual(["bias", "weight"]);
  expect(await weights.read("weight", [2, 3])).toEqual(Float32Array.of(1, 2, 3, 4, 5, -0));
  expect(await weights.read("bias", [])).toEqual(Float32Array.of(7));
});
