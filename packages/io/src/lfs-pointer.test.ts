import { expect, test } from "vitest";
import { bytesFromArray } from "./byte-source.ts";
import { parseJsonObject } from "./json.ts";
import { refuseLfsPointer } from "./lfs-pointer.ts";
import { openSafetensors } from "./safetensors/open.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const lines = (version: string, end = "\n") =>
  [`version ${version}`, `oid sha256:${"4d7a2146".repeat(8)}`, "size 1182040", ""].join(end);
const pointer = utf8(lines("https://git-lfs.github.com/spec/v1"));

test("a pointer is named as such, with its size and the command that helps", async () => {
  for (const read of [
    async (bytes: Uint8Array) => refuseLfsPointer(bytes, "f"),
    async (bytes: Uint8Array) => parseJsonObject(bytes, "f"),
    (bytes: Uint8Array) => openSafetensors(bytesFromArray(bytes, "f")),
  ]) {
    const error = await read(pointer).catch((thrown) => thrown);
    expect(error).toMatchObject({ name: "FormatError", code: "lfs_pointer", details: { file: "f" } });
    expect(error.message).toMatch(/^f is a Git LFS pointer.* \(1\.1 MiB\).*git lfs pull/);
  }
});

test("so are those of the first version, with Windows' line ends, extensions, or cut short", () => {
  for (const text of [
    lines("https://hawser.github.com/spec/v1"),
    lines("https://git-lfs.github.com/spec/v1", "\r\n"),
    `version https://git-lfs.github.com/spec/v1\next-0-foo sha256:${"0".repeat(64)}\noid sha256:1`,
  ]) {
    expect(() => refuseLfsPointer(utf8(text), "f")).toThrow(/Git LFS pointer/);
  }
});

test("other texts that begin alike are not", () => {
  for (const text of ["", "v", "version 2\n", "version https://example.com/spec/v1\n", "sentence\tlabel\n"]) {
    refuseLfsPointer(utf8(text), "f");
  }
});
