import { truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { encodeSafetensors } from "../safetensors/encode.ts";
import { openFile } from "./file-source.ts";
import { tempFolder } from "./fixtures/temp-folder.ts";
import { hashSource } from "./hash-file.ts";
import { openSafetensorsFile } from "./open-safetensors-file.ts";
import { writeSafetensorsFile } from "./write-safetensors.ts";

test("ranges of a file are read, and nothing outside it", async () => {
  const path = join(await tempFolder(), "x");
  await writeFile(
    path,
    Uint8Array.from({ length: 100 }, (_, i) => i),
  );
  const source = await openFile(path);
  expect(source.size).toBe(100);
  expect([...(await source.read(97, 3))]).toEqual([97, 98, 99]);
  expect(await source.read(100, 0)).toHaveLength(0);
  for (const [at, length] of [
    [98, 3],
    [-1, 2],
    [0, 1e300],
    [0.5, 1],
  ] as const) {
    await expect(source.read(at, length)).rejects.toMatchObject({ code: "truncated" });
  }
  await truncate(path, 50);
  await expect(source.read(40, 20)).rejects.toMatchObject({ code: "truncated" });
  await source.close();
  await expect(source.read(0, 1)).rejects.toMatchObject({ name: "FormatError", code: "file_closed" });
  await source.close();
});

test("a missing file and a folder are refused in words", async () => {
  const dir = await tempFolder();
  await expect(openFile(join(dir, "none"))).rejects.toMatchObject({ name: "FormatError", code: "file_missing" });
  await expect(openFile(join(dir, "none"))).rejects.toThrow(/none does not exist/);
  await expect(openFile(dir)).rejects.toMatchObject({ code: "not_a_file" });
  await writeFile(join(dir, "file"), "");
  await expect(openFile(join(dir, "file", "below"))).rejects.toMatchObject({ code: "file_missing" });
});

test("a safetensors file is written, read and refused when it is cut", async () => {
  const path = join(await tempFolder(), "m.safetensors");
  const tensors = new Map([["a", { shape: [2], data: Float32Array.of(1, 2) }]]);
  await writeSafetensorsFile(path, tensors, { format: "pt" });
  const file = await openSafetensorsFile(path);
  expect(await file.readFloat32("a")).toEqual(Float32Array.of(1, 2));
  await file.close();
  await truncate(path, encodeSafetensors(tensors, { format: "pt" }).byteLength - 1);
  await expect(openSafetensorsFile(path)).rejects.toThrow(/past the end of the file.*truncated/);
});

test("a hash of a file is that of its content", async () => {
  const path = join(await tempFolder(), "x");
  await writeFile(path, "abc");
  const source = await openFile(path);
  // FIPS 180 examples.
  expect(await hashSource(source, "sha1")).toBe("a9993e364706816aba3e25717850c26c9cd0d89d");
  expect(await hashSource(source, "sha256")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  await source.close();
});
