import { mkdir, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fileCheckpointStore } from "./checkpoint-store.ts";
import { tempFolder } from "./fixtures/temp-folder.ts";

const checkpoint = (step: number, value = step) => ({
  step,
  tensors: { weight: Float32Array.of(value, Number.NaN, 1e-40), step: Int32Array.of(step) },
  metadata: { rng: [1, 2, 3], step },
});

async function storeWith(...steps: number[]) {
  const dir = join(await tempFolder(), "checkpoint");
  const store = fileCheckpointStore(dir);
  for (const step of steps) await store.save(checkpoint(step));
  const files = async () => (await readdir(dir)).sort();
  const fileOf = async (step: number) => join(dir, (await files()).find((name) => name.includes(`${step}-`))!);
  return { dir, store, files, fileOf };
}

test("an empty or missing folder has no checkpoint", async () => {
  const { dir, store } = await storeWith();
  expect(await store.latest()).toBeUndefined();
  await mkdir(dir);
  expect(await store.latest()).toBeUndefined();
  expect(await store.list()).toEqual([]);
});

test("the checkpoint saved last comes back bit for bit; two are kept", async () => {
  const { store, files } = await storeWith(100, 200, 300);
  expect(await store.latest()).toEqual({ ...checkpoint(300), warnings: [] });
  expect(await store.list()).toEqual([300, 200]);
  expect(await files()).toEqual([
    "checkpoints.json",
    expect.stringMatching(/^step-0000000200-[0-9a-f]{8}.safetensors$/),
    expect.stringMatching(/^step-0000000300-[0-9a-f]{8}.safetensors$/),
  ]);
});

test("a run that went back to an earlier step goes on from there", async () => {
  const { store } = await storeWith(100, 200);
  await store.save(checkpoint(150));
  expect((await store.latest())?.step).toBe(150);
  await store.save(checkpoint(150, 9));
  expect((await store.latest())?.tensors.weight?.[0]).toBe(9);
  expect(await store.list()).toEqual([150, 200]);
});

describe("damage", () => {
  const damages: [what: string, damage: (path: string) => Promise<void>][] = [
    ["cut short", (path) => truncate(path, 100)],
    ["emptied", (path) => truncate(path, 0)],
    ["gone", (path) => rm(path)],
    [
      "changed in one bit of its data",
      async (path) => {
        const bytes = await readFile(path);
        bytes[bytes.length - 1]! ^= 1;
        await writeFile(path, bytes);
      },
    ],
  ];

  test.each(damages)("a newest file that is %s gives way to the one before, with a warning", async (_, damage) => {
    const { store, fileOf } = await storeWith(100, 200);
    await damage(await fileOf(200));
    const loaded = await store.latest();
    expect(loaded).toMatchObject(checkpoint(100));
    expect(loaded?.warnings).toEqual([expect.stringContaining("checkpoint of step 200 skipped")]);
  });

  test("when all are damaged it is an error that says so", async () => {
    const { store, fileOf } = await storeWith(100, 200);
    for (const step of [100, 200]) await truncate(await fileOf(step), 50);
    await expect(store.latest()).rejects.toMatchObject({ name: "FormatError", code: "checkpoint_corrupt" });
  });

  test.each(["", "{", '{"checkpoints":[]}', '{"checkpoints":[{"file":"../x","sha256":""}]}'])(
    "a pointer with %j is done without",
    async (content) => {
      const { dir, store, fileOf } = await storeWith(100, 200);
      await writeFile(join(dir, "checkpoints.json"), content);
      expect(await store.latest()).toEqual({ ...checkpoint(200), warnings: [] });
      await truncate(await fileOf(200), 99);
      expect((await store.latest())?.step).toBe(100);
    },
  );
});

describe("a crash while saving step 300", () => {
  test("before its file was renamed: step 200 counts, and the remains go with the next save", async () => {
    const { dir, store, files } = await storeWith(100, 200);
    await writeFile(join(dir, ".step-0000000300-00000000.safetensors.partial-0123456789ab"), "half");
    expect(await store.latest()).toEqual({ ...checkpoint(200), warnings: [] });
    await store.save(checkpoint(300));
    expect(await files()).toHaveLength(3);
  });

  test("before the pointer was renamed: step 200 counts", async () => {
    const { dir, store, fileOf } = await storeWith(100, 200);
    const pointer = await readFile(join(dir, "checkpoints.json"));
    const hundred = await readFile(await fileOf(100));
    const name = await fileOf(100);
    await store.save(checkpoint(300));
    await writeFile(join(dir, "checkpoints.json"), pointer);
    await writeFile(name, hundred);
    expect(await store.latest()).toEqual({ ...checkpoint(200), warnings: [] });
    await store.save(checkpoint(300));
    expect(await store.list()).toEqual([300, 200]);
  });
});

test("files of others in the folder are left alone", async () => {
  const { dir, store, files } = await storeWith(1);
  await writeFile(join(dir, "notes.txt"), "");
  await writeFile(join(dir, "step-old.safetensors"), "");
  await store.save(checkpoint(2));
  await store.save(checkpoint(3));
  expect(await files()).toEqual(expect.arrayContaining(["notes.txt", "step-old.safetensors"]));
});

test("a place that cannot be written is a clear error", async () => {
  const { dir } = await storeWith();
  await writeFile(dir, "a file");
  await expect(fileCheckpointStore(dir).save(checkpoint(1))).rejects.toMatchObject({ code: "output_unwritable" });
});
