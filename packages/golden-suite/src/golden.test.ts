import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { goldenFolder, loadGolden } from "./golden.ts";

test("reads results by name, floats and integers apart", async () => {
  const golden = await loadGolden("roberta-tiny");
  expect(await readdir(golden.folder)).toContain("expected.safetensors");
  expect(golden.folder).toBe(goldenFolder("roberta-tiny"));
  expect(golden.meta).toMatchObject({ r: 4 });
  expect(golden.has("base.logits")).toBe(true);
  expect(golden.has("base.moon")).toBe(false);
  const logits = golden.tensor("base.logits");
  expect(logits.values.length).toBe((logits.shape[0] as number) * (logits.shape[1] as number));
  expect(golden.floats("base.logits")).toBe(logits.values);
  const mask = golden.integers("attention_mask");
  expect(new Set(mask)).toEqual(new Set([0, 1]));
  expect(() => golden.floats("attention_mask")).toThrow("holds integers");
  expect(() => golden.integers("base.logits")).toThrow("holds fractions");
  expect(() => golden.tensor("base.moon")).toThrow(/golden "roberta-tiny" has no "base.moon"; it has .*base.logits/);
});
