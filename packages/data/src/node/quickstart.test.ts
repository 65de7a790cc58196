import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { hasOutside, outsidePath } from "../fixtures/outside-material.ts";
import { encodeExamples } from "../index.ts";
import { loadTokenizer, readSplit, readTask } from "./index.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const SAMPLE = join(ROOT, "examples/quickstart");

test("the quickstart sample: sizes, classes, no sentence twice, all within the model's length", async () => {
  const folder = await readTask(join(SAMPLE, "data/task.json"));
  const tokenizer = await loadTokenizer(join(SAMPLE, "model"));
  const config = JSON.parse(await readFile(join(SAMPLE, "model/config.json"), "utf8"));
  const splits = await Promise.all(["train", "validation"].map((split) => readSplit(folder, split)));
  expect(splits.map(({ examples }) => examples.length)).toEqual([4000, 1000]);

  const texts = splits.flatMap(({ examples }) => examples.map(({ text }) => text));
  expect(new Set(texts).size).toBe(5000);
  for (const { examples, labels } of splits) {
    expect(labels).toHaveLength(7);
    const share = (label: number) => examples.filter((example) => example.label === label).length / examples.length;
    expect(share(0)).toBeGreaterThan(0.31);
    expect(share(0)).toBeLessThan(0.35);
    for (let label = 1; label < 7; label += 1) expect(share(label)).toBeGreaterThan(0.07);
    const longest = Math.max(...encodeExamples(tokenizer, examples).map(({ inputIds }) => inputIds.length));
    expect(longest).toBeLessThanOrEqual(config.max_position_embeddings - 2);
  }
});

test.skipIf(!hasOutside("data/e2e"))("its script makes the same files again (outside material)", async () => {
  const out = await mkdtemp(join(tmpdir(), "dylora-sample-"));
  const script = join(ROOT, "tools/quickstart/make-sample.mjs");
  await promisify(execFile)(process.execPath, [script, outsidePath("data/e2e"), out]);
  const names = (await readdir(out)).sort();
  expect(names).toEqual((await readdir(join(SAMPLE, "data"))).sort());
  for (const name of names) {
    expect((await readFile(join(out, name))).equals(await readFile(join(SAMPLE, "data", name))), name).toBe(true);
  }
});
