import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tempFolder } from "./fixtures/temp-folder.ts";
import { prepareOutputFolder, writeFolderAtomic } from "./output-folder.ts";
import { writeFileAtomic } from "./write-file.ts";

const text = (path: string) => readFile(path, "utf8");

describe("writeFileAtomic", () => {
  test("bytes, text and pieces are written and replace what was there", async () => {
    const dir = await tempFolder();
    const path = join(dir, "x");
    await writeFileAtomic(path, "old");
    await writeFileAtomic(path, new TextEncoder().encode("bytes"));
    expect(await text(path)).toBe("bytes");
    await writeFileAtomic(
      path,
      ["pie", "ces"].map((part) => new TextEncoder().encode(part)),
    );
    expect(await text(path)).toBe("pieces");
    expect(await readdir(dir)).toEqual(["x"]);
  });

  test("content that fails half way leaves the old file and nothing else", async () => {
    const dir = await tempFolder();
    await writeFileAtomic(join(dir, "x"), "old");
    async function* broken() {
      yield new Uint8Array(1000);
      throw new RangeError("half way");
    }
    await expect(writeFileAtomic(join(dir, "x"), broken())).rejects.toThrow(RangeError);
    expect(await text(join(dir, "x"))).toBe("old");
    expect(await readdir(dir)).toEqual(["x"]);
  });

  test("a folder that is missing is a clear error", async () => {
    const promise = writeFileAtomic(join(await tempFolder(), "no", "x"), "");
    await expect(promise).rejects.toMatchObject({ name: "ResourceError", code: "output_unwritable" });
  });
});

describe("prepareOutputFolder", () => {
  test("a missing or empty folder is made ready", async () => {
    const dir = join(await tempFolder(), "a", "b");
    await prepareOutputFolder(dir);
    await prepareOutputFolder(dir);
    expect(await readdir(dir)).toEqual([]);
  });

  test("a folder with something in it is refused unless told to overwrite; nothing is removed", async () => {
    const dir = await tempFolder();
    await writeFile(join(dir, "mine"), "");
    await expect(prepareOutputFolder(dir)).rejects.toMatchObject({ name: "ResourceError", code: "output_not_empty" });
    await prepareOutputFolder(dir, { overwrite: true });
    expect(await readdir(dir)).toEqual(["mine"]);
  });

  test("a file in its place is refused", async () => {
    const path = join(await tempFolder(), "x");
    await writeFile(path, "");
    for (const overwrite of [false, true]) {
      await expect(prepareOutputFolder(path, { overwrite })).rejects.toMatchObject({ code: "output_not_folder" });
    }
  });
});

describe("writeFolderAtomic", () => {
  const fill = (content: string) => (staging: string) => writeFile(join(staging, "x"), content);

  test("a new folder appears, with its parents, or over an empty one", async () => {
    const root = await tempFolder();
    const dir = join(root, "a", "out");
    await writeFolderAtomic(dir, fill("1"));
    expect(await text(join(dir, "x"))).toBe("1");
    await mkdir(join(root, "empty"));
    await writeFolderAtomic(join(root, "empty"), fill("2"));
    expect(await text(join(root, "empty", "x"))).toBe("2");
    expect((await readdir(root)).sort()).toEqual(["a", "empty"]);
  });

  test("a failure leaves no folder, and an old one untouched", async () => {
    const root = await tempFolder();
    const broken = async (staging: string) => {
      await fill("half")(staging);
      throw new RangeError("half way");
    };
    await expect(writeFolderAtomic(join(root, "out"), broken)).rejects.toThrow(RangeError);
    expect(await readdir(root)).toEqual([]);
    await writeFolderAtomic(join(root, "out"), fill("old"));
    await expect(writeFolderAtomic(join(root, "out"), broken, { overwrite: true })).rejects.toThrow(RangeError);
    expect(await text(join(root, "out", "x"))).toBe("old");
    expect(await readdir(root)).toEqual(["out"]);
  });

  test("a folder with something in it is refused before anything is written", async () => {
    const dir = await tempFolder();
    await writeFile(join(dir, "mine"), "");
    const write = () => expect.unreachable();
    await expect(writeFolderAtomic(dir, write)).rejects.toMatchObject({ code: "output_not_empty" });
  });

  test("overwriting replaces what is written anew and carries the rest over", async () => {
    const root = await tempFolder();
    const dir = join(root, "out");
    await writeFolderAtomic(dir, fill("old"));
    await mkdir(join(dir, "sub"));
    await writeFile(join(dir, "sub", "mine"), "kept");
    await writeFolderAtomic(dir, fill("new"), { overwrite: true });
    expect(await text(join(dir, "x"))).toBe("new");
    expect(await text(join(dir, "sub", "mine"))).toBe("kept");
    expect(await readdir(root)).toEqual(["out"]);
  });

  test.skipIf(process.getuid?.() === 0 || process.platform === "win32")("a parent without permission", async () => {
    const root = await tempFolder();
    await chmod(root, 0o500);
    await expect(writeFolderAtomic(join(root, "out"), fill("1"))).rejects.toMatchObject({ code: "output_unwritable" });
    await chmod(root, 0o700);
  });
});
