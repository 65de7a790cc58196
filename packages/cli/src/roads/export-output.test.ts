import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { goldenFolder } from "@dylora/golden-suite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "../fixtures/run-cli.ts";

const golden = goldenFolder("roberta-tiny");
let dir: string;
let base: string;
let adapter: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "dylora-export-"));
  [base, adapter] = [join(dir, "models", "base"), join(dir, "adapter")];
  await cp(join(golden, "base"), base, { recursive: true });
  await cp(join(golden, "adapter"), adapter, { recursive: true });
});
afterAll(() => rm(dir, { recursive: true }));

const exporting = (out: string, ...args: string[]) =>
  runCli(["export", adapter, "--base", base, "--rank", "2", "--out", join(dir, out), ...args]);
const predicting = async (...args: string[]): Promise<string> => {
  const run = await runCli(["predict", "--input", "-", "--output", "-", ...args], {
    input: '{"input_ids": [0, 5, 6, 2]}',
  });
  expect(run.err).not.toContain("dylora:");
  return run.out;
};
const visible = async (path: string) => (await readdir(path)).filter((name) => !name.startsWith(".")).sort();

test("a merged export over an adapter leaves nothing of it, back again neither; what is not ours stays and is named", async () => {
  expect((await exporting("out")).code).toBe(0);
  const expected = await predicting("--base", base, "--adapter", join(dir, "out"));
  await writeFile(join(dir, "out", "notes.txt"), "mine");
  const merged = await exporting("out", "--merge", "--overwrite");
  expect([merged.code, merged.err]).toEqual([0, expect.stringMatching(/not of an export; they stay: notes\.txt/)]);
  const names = await visible(join(dir, "out"));
  expect(names).toEqual(expect.arrayContaining(["config.json", "model.safetensors", "notes.txt"]));
  expect(names).not.toContain("adapter_config.json");
  expect(names).not.toContain("adapter_model.safetensors");
  const whole = await predicting("--base", join(dir, "out"));
  const numbers = (line: string): number[] => JSON.parse(line).logits;
  numbers(whole).forEach((value, index) => {
    expect(value).toBeCloseTo(numbers(expected)[index] as number, 4);
  });
  expect((await exporting("out", "--overwrite")).code).toBe(0);
  expect(await visible(join(dir, "out"))).not.toContain("model.safetensors");
  expect(await predicting("--base", base, "--adapter", join(dir, "out"))).toBe(expected);
  expect(await readFile(join(dir, "out", "notes.txt"), "utf8")).toBe("mine");
});

test("without --overwrite a folder with something in it is refused", async () => {
  await mkdir(join(dir, "full"));
  await writeFile(join(dir, "full", "notes.txt"), "mine");
  const { code, err } = await exporting("full");
  expect([code, err]).toEqual([2, expect.stringMatching(/is not empty; .*--overwrite/)]);
});

test("a folder that holds what is read, or is it, is refused, through links too", async () => {
  await symlink(base, join(dir, "link-to-base"));
  const before = await visible(base);
  for (const out of ["models/base", "models", "adapter", ".", "link-to-base"]) {
    for (const more of [[], ["--merge"]]) {
      const { code, err } = await exporting(out, "--overwrite", ...more);
      expect([out, code, err]).toEqual([out, 2, expect.stringMatching(/is or holds|was not written by dylora/)]);
    }
  }
  expect(await visible(base)).toEqual(before);
});

test("a model or adapter that dylora did not write is refused with --overwrite too", async () => {
  await cp(adapter, join(dir, "theirs"), { recursive: true });
  const before = await visible(join(dir, "theirs"));
  for (const more of [[], ["--merge"]]) {
    const { code, err } = await exporting("theirs", "--overwrite", ...more);
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/theirs holds adapter_\w+\.\w+, which was not written by dylora/),
    ]);
  }
  expect(await visible(join(dir, "theirs"))).toEqual(before);
});

test("a file in the way, and a path through one, are refused before the model is loaded", async () => {
  await writeFile(join(dir, "file"), "mine");
  for (const out of ["file", "file/out"]) {
    const { code, err } = await exporting(out, "--overwrite", "--base", join(dir, "no-such-model"));
    expect([code, err]).toEqual([2, expect.stringMatching(/a file, not a folder/)]);
  }
});

test("the current folder may be written when it is empty", async () => {
  const [empty, before] = [join(dir, "empty"), process.cwd()];
  await mkdir(empty);
  process.chdir(empty);
  try {
    expect((await runCli(["export", adapter, "--base", base, "--rank", "2", "--out", "."])).code).toBe(0);
  } finally {
    process.chdir(before);
  }
  expect(await visible(empty)).toContain("adapter_model.safetensors");
});
