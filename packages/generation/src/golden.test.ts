import { wasmBackend } from "@dylora/backend-wasm";
import { loadGolden } from "@dylora/golden-suite";
import { type Backend, useBackend } from "@dylora/tensor";
import { cpuBackend, expectAllClose, leakGuard } from "@dylora/test-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type GenerationCase, openAdapted, optionsOf } from "./fixtures/golden-generation.ts";
import { generate } from "./index.ts";

const golden = await loadGolden("gpt2-tiny");
const cases = golden.meta["generation"] as GenerationCase[];
const refused = golden.meta["generation_refused"] as GenerationCase[];

describe.each([cpuBackend(), wasmBackend()])("$id equals transformers token for token", (descriptor) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await useBackend(descriptor);
  });
  afterAll(() => backend.dispose());

  test.each(cases.map((one) => [one.name, one] as const))("%s", async (_, one) => {
    await leakGuard(async () => {
      const adapted = await openAdapted(golden, one.adapter);
      const options = optionsOf(one);
      const texts = await generate(adapted, options);
      expect(texts.map(({ tokens }) => tokens)).toEqual(one.tokens);
      const { scores } = one;
      if (scores !== undefined)
        expectAllClose(
          texts.map(({ score }) => score as number),
          scores,
          { tolerance: 1e-4 },
        );
      expect(await generate(adapted, { ...options, useCache: false })).toEqual(
        texts.map((text) => ({ ...text, score: text.score === undefined ? undefined : expect.closeTo(text.score, 4) })),
      );
      adapted.model.dispose();
    });
  });
});

describe("what transformers refuses", () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await useBackend(cpuBackend());
  });
  afterAll(() => backend.dispose());

  test.each(refused.map((one) => [one.name, one] as const))("%s", async (_, one) => {
    const adapted = await openAdapted(golden, one.adapter);
    await leakGuard(async () => {
      await expect(async () => generate(adapted, optionsOf(one))).rejects.toMatchObject({ name: "ConfigError" });
    });
    adapted.model.dispose();
  });
});
