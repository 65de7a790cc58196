import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ARROW_PROMPTS, encodeCompletions, groupReferences, refuseBrokenRows, toPromptCompletions } from "@dylora/data";
import { loadTokenizer } from "@dylora/data/node";
import { expect, test } from "vitest";
import { findNlgFile, readNlgFile } from "./nlg-files.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const SAMPLE = join(ROOT, "examples/gpt2-e2e");
const OUTSIDE = process.env["DYLORA_SHARED"] ?? join(ROOT, "../shared");

const read = async (split: string) => {
  const path = await findNlgFile("e2e", join(SAMPLE, "data"), split, expect.fail);
  return readNlgFile("e2e", path, { form: "arrow", onBrokenRow: refuseBrokenRows });
};

test("the E2E sample: sizes, no meaning representation on both sides, all within the model's length", async () => {
  const [train, validation] = [await read("train"), await read("validation")];
  expect(train).toHaveLength(4000);
  const groups = groupReferences(validation);
  expect(groups).toHaveLength(100);
  expect(validation.length).toBeGreaterThan(800);
  const seen = new Set(train.map(({ context }) => context));
  expect(groups.filter(({ context }) => seen.has(context))).toEqual([]);
  const tokenizer = await loadTokenizer(join(SAMPLE, "model"));
  const encoded = encodeCompletions(tokenizer, toPromptCompletions([...train, ...validation], ARROW_PROMPTS));
  expect(Math.max(...encoded.map(({ inputIds }) => inputIds.length))).toBeLessThanOrEqual(192);
});

test("the example stays under 5 MB", async () => {
  const names = await readdir(SAMPLE, { recursive: true });
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(SAMPLE, name))).size));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(5e6);
});

test.skipIf(!existsSync(join(OUTSIDE, "data/e2e")))(
  "its script makes the same files again (outside material)",
  async () => {
    const out = await mkdtemp(join(tmpdir(), "dylora-sample-"));
    const script = join(ROOT, "tools/gpt2-e2e/make-sample.mjs");
    await promisify(execFile)(process.execPath, [script, join(OUTSIDE, "data/e2e"), out]);
    for (const name of ["trainset.csv", "devset.csv"]) {
      expect((await readFile(join(out, name))).equals(await readFile(join(SAMPLE, "data", name))), name).toBe(true);
    }
    await rm(out, { recursive: true });
  },
);
