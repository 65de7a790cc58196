import { type FileHandle, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "./fixtures/temp-folder.ts";
import { writeAt } from "./write-at.ts";

test("bytes that the system takes piece by piece all arrive, in order, at their place", async () => {
  const path = join(await tempFolder(), "file");
  const handle = await open(path, "w");
  const takes: number[] = [];
  const hesitant = {
    write(bytes: Uint8Array, offset: number, length: number, position: number) {
      takes.push(Math.min(length, 3));
      return handle.write(bytes, offset, Math.min(length, 3), position);
    },
  } as unknown as FileHandle;
  await handle.write("ab");
  await writeAt(hesitant, new TextEncoder().encode("cdefghij"), 2);
  await handle.close();
  expect(takes).toEqual([3, 3, 2]);
  expect(await readFile(path, "utf8")).toBe("abcdefghij");
});
