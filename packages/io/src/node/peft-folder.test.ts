import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "./fixtures/temp-folder.ts";
import { MANIFEST } from "./folder-manifest.ts";
import { readPeftAdapter, writePeftAdapter } from "./peft-folder.ts";

const adapter = {
  config: { r: 1, target_modules: ["query"] },
  tensors: new Map([
    [
      "layer.query",
      { A: { shape: [1, 2], data: Float32Array.of(1, 2) }, B: { shape: [2, 1], data: Float32Array.of(3, 4) } },
    ],
  ]),
  modulesToSave: new Map(),
};

test("a folder is written and read back", async () => {
  const dir = join(await tempFolder(), "rank-1");
  await writePeftAdapter(dir, adapter);
  expect((await readdir(dir)).filter((name) => name !== MANIFEST).sort()).toEqual([
    "README.md",
    "adapter_config.json",
    "adapter_model.safetensors",
  ]);
  const { config, tensors } = await readPeftAdapter(dir);
  expect(tensors).toEqual(adapter.tensors);
  expect(config.r).toBe(1);
});

test("a folder that is not empty is refused unless it may be overwritten", async () => {
  const dir = await tempFolder();
  await writeFile(join(dir, "notes.txt"), "");
  await expect(writePeftAdapter(dir, adapter)).rejects.toMatchObject({ code: "output_not_empty" });
  await writePeftAdapter(dir, adapter, { overwrite: true });
  expect(await readdir(dir)).toContain("notes.txt");
  expect((await readPeftAdapter(dir)).tensors.size).toBe(1);
});

test("a bad adapter is refused before anything is written", async () => {
  const root = await tempFolder();
  const config = { ...adapter.config, r: 3 };
  await expect(writePeftAdapter(join(root, "x"), { ...adapter, config })).rejects.toMatchObject({
    code: "peft_rank_mismatch",
  });
  expect(await readdir(root)).toEqual([]);
});

test("missing folders and files, and pickled weights, are refused in words", async () => {
  const dir = join(await tempFolder(), "x");
  await expect(readPeftAdapter(dir)).rejects.toMatchObject({ code: "file_missing" });
  await mkdir(dir);
  await expect(readPeftAdapter(dir)).rejects.toThrow(/no adapter_config.json/);
  await writePeftAdapter(dir, adapter);
  await rename(join(dir, "adapter_model.safetensors"), join(dir, "adapter_model.bin"));
  await expect(readPeftAdapter(dir)).rejects.toMatchObject({ code: "pickle_refused" });
  await rm(join(dir, "adapter_model.bin"));
  await expect(readPeftAdapter(dir)).rejects.toThrow(/no adapter_model.safetensors/);
});
