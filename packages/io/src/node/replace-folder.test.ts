import { execFileSync } from "node:child_process";
import type * as Fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { currentFolder, MANIFEST } from "./folder-manifest.ts";
import { checkModelOutput, modelOutput } from "./model-output.ts";
import { checkFolderAtomic, prepareOutputFolder, writeFolderAtomic } from "./output-folder.ts";

/** Calls that change something on the disk, and after how many of them the process is "killed". */
const disk = vi.hoisted(() => ({ calls: 0, killAt: Number.POSITIVE_INFINITY, links: true }));
class Killed extends Error {}

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof Fs>();
  const step = <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) => {
    return async (...args: Args): Promise<Result> => {
      if (++disk.calls > disk.killAt) throw new Killed("killed");
      return call(...args);
    };
  };
  const open = async (path: string, flags: string, mode?: number) => {
    if (flags === "r") return real.open(path, flags);
    if (++disk.calls > disk.killAt) throw new Killed("killed");
    const handle = await real.open(path, flags, mode);
    const whole = handle.writeFile.bind(handle);
    handle.writeFile = async (data, options) => {
      if (++disk.calls > disk.killAt) {
        // A write that is cut off in the middle.
        if (disk.calls === disk.killAt + 1) await whole(String(data).slice(0, 5));
        throw new Killed("killed");
      }
      return whole(data, options);
    };
    return handle;
  };
  const link = step(async (from: string, to: string) => {
    if (!disk.links) throw Object.assign(new Error("EPERM"), { code: "EPERM", syscall: "link" });
    return real.link(from, to);
  });
  const { mkdir, rename, rm, rmdir, writeFile } = real;
  return {
    ...real,
    open,
    link,
    mkdir: step(mkdir as (...args: unknown[]) => Promise<unknown>),
    rename: step(rename),
    rm: step(rm),
    rmdir: step(rmdir as (path: string) => Promise<void>),
    writeFile: step(writeFile as (...args: unknown[]) => Promise<void>),
  };
});

const real = await vi.importActual<typeof Fs>("node:fs/promises");
const { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } = real;
const tempFolder = () => mkdtemp(join(tmpdir(), "dylora-replace-"));
const root = process.getuid?.() === 0;

afterEach(() => {
  disk.killAt = Number.POSITIVE_INFINITY;
  disk.links = true;
});

type Content = Readonly<Record<string, string>>;
const peft: Content = {
  "adapter_config.json": "old config",
  "adapter_model.safetensors": "old weights",
  "dylora.json": "old",
};
const merged: Content = { "config.json": "new config", "model.safetensors": "new weights", "tokenizer.json": "new" };
const peftAgain: Content = { "adapter_config.json": "new config", "adapter_model.safetensors": "new weights" };

const fill = (content: Content) => async (staging: string) => {
  for (const [name, value] of Object.entries(content)) {
    if (name.includes("/")) await mkdir(join(staging, name, ".."), { recursive: true });
    const { open } = await import("node:fs/promises");
    const handle = await open(join(staging, name), "wx");
    await handle.writeFile(value).finally(() => handle.close());
  }
};
const write = (dir: string, content: Content, overwrite = false) =>
  writeFolderAtomic(dir, fill(content), { ...modelOutput, overwrite });

const hidden = (name: string) => name.startsWith(".");
async function contentOf(dir: string): Promise<Content> {
  const entries = (await readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(dir.length + 1));
  const seen = paths.filter((name) => !name.split("/").some(hidden));
  return Object.fromEntries(
    await Promise.all(seen.map(async (name) => [name, await readFile(join(dir, name), "utf8")])),
  );
}

/** Ways that a folder to be replaced lies there. */
const places: Record<string, (dir: string) => Promise<string>> = {
  "a folder": async (dir) => dir,
  "a link to a folder": async (dir) => {
    await rename(dir, `${dir}-real`);
    await symlink(`${dir}-real`, dir);
    return dir;
  },
};

describe.each(Object.keys(places))("killed at each step of replacing %s", (place) => {
  test.each([
    ["a merged model over an adapter", merged, true],
    ["an adapter over an adapter", peftAgain, true],
    ["an adapter over an adapter, without links", peftAgain, false],
    ["a merged model over an adapter, without links", merged, false],
  ])("%s: the old or the new, never mixed, and what is not ours stays", async (_, fresh, links) => {
    let sawOld = 0;
    let sawNew = 0;
    for (let killAt = 0; ; killAt++) {
      const parent = await tempFolder();
      const made = join(parent, "out");
      disk.killAt = Number.POSITIVE_INFINITY;
      await write(made, peft);
      await mkdir(join(made, "mine"));
      await writeFile(join(made, "mine", "thesis.txt"), "my thesis");
      await writeFile(join(made, "notes.txt"), "my notes");
      const own = { "mine/thesis.txt": "my thesis", "notes.txt": "my notes" };
      const dir = await (places[place] as (dir: string) => Promise<string>)(made);

      disk.links = links;
      disk.calls = 0;
      disk.killAt = killAt;
      const killed = await write(dir, fresh, true).then(
        () => false,
        () => true,
      );
      disk.killAt = Number.POSITIVE_INFINITY;

      // A reader that knows nothing of us: the whole of one, or no configuration.
      const seen = await contentOf(await real.realpath(dir));
      const { "mine/thesis.txt": thesis, "notes.txt": notes, ...model } = seen;
      expect([thesis, notes]).toEqual(Object.values(own));
      const hasEntry = modelOutput.entries.some((name) => name in model);
      if (hasEntry) expect([peft, fresh]).toContainEqual(model);

      // Ours: always the whole of one. Without links the new files may be on their way between two folders.
      const current = await currentFolder(dir).catch((error) => {
        expect([error.code, links]).toEqual(["incomplete_export", false]);
        return undefined;
      });
      if (current !== undefined) {
        const { "mine/thesis.txt": _one, "notes.txt": _two, ...whole } = await contentOf(current);
        expect([peft, fresh]).toContainEqual(whole);
        if ("dylora.json" in whole) sawOld++;
        else sawNew++;
      }

      // The command again: everything in place, nothing left over.
      await write(dir, fresh, true);
      expect(await contentOf(await real.realpath(dir))).toEqual({ ...fresh, ...own });
      const left = (await readdir(dir)).filter(hidden);
      // The process that "was killed" lives on in this test, so what it had begun is not taken for abandoned.
      expect(left.filter((name) => !name.includes("dylora-new.partial-") && !name.includes("files.json."))).toEqual([
        MANIFEST,
      ]);
      expect((await lstat(dir)).isSymbolicLink()).toBe(place === "a link to a folder");
      await rm(parent, { recursive: true });
      if (!killed) break;
    }
    expect(sawOld).toBeGreaterThan(5);
    expect(sawNew).toBeGreaterThan(links ? 5 : 1);
  });
});

test("killed at each step of making a folder: it is missing or whole", async () => {
  for (let killAt = 0; ; killAt++) {
    const parent = await tempFolder();
    disk.calls = 0;
    disk.killAt = killAt;
    const killed = await write(join(parent, "a", "out"), merged).then(
      () => false,
      () => true,
    );
    disk.killAt = Number.POSITIVE_INFINITY;
    const found = await contentOf(join(parent, "a", "out")).catch(() => undefined);
    expect([undefined, merged]).toContainEqual(found);
    if (found === undefined) await write(join(parent, "a", "out"), merged);
    await rm(parent, { recursive: true });
    if (!killed) break;
  }
});

test("two writers of one folder: the second is refused, the first is whole", async () => {
  const dir = join(await tempFolder(), "out");
  await write(dir, peft);
  const slow = writeFolderAtomic(
    dir,
    async (staging) => {
      await expect(write(dir, merged, true)).rejects.toMatchObject({ code: "folder_in_use" });
      await fill(peftAgain)(staging);
    },
    { ...modelOutput, overwrite: true },
  );
  await slow;
  expect(await contentOf(dir)).toEqual(peftAgain);
  expect((await readdir(dir)).filter(hidden)).toEqual([MANIFEST]);
});

describe("what is not ours", () => {
  test.each([
    "model.safetensors",
    "pytorch_model.bin",
    "config.json",
    "adapter_config.json",
    "tokenizer.json",
    "run.json",
  ])("%s is neither replaced nor mixed with", async (name) => {
    const dir = await tempFolder();
    await writeFile(join(dir, name), "theirs");
    for (const content of [merged, peft]) {
      await expect(write(dir, content, true)).rejects.toMatchObject({ name: "ResourceError", code: "output_foreign" });
    }
    await expect(checkModelOutput(dir, { overwrite: true })).rejects.toThrow(name);
    expect(await readdir(dir)).toEqual([name]);
  });

  test("a file or folder in the place of one to be written, found when it is written", async () => {
    const dir = await tempFolder();
    await writeFile(join(dir, "sub"), "theirs");
    await expect(writeFolderAtomic(dir, fill({ "sub/x": "1" }), { overwrite: true })).rejects.toMatchObject({
      code: "output_foreign",
    });
    await expect(writeFolderAtomic(dir, fill({ sub: "1" }), { overwrite: true })).rejects.toMatchObject({
      code: "output_foreign",
    });
    expect(await contentOf(dir)).toEqual({ sub: "theirs" });
    expect(await readdir(dir)).toEqual(["sub"]);
  });

  test("a README stays in the place of ours", async () => {
    const dir = await tempFolder();
    await writeFile(join(dir, "README.md"), "mine");
    expect(await write(dir, { ...peft, "README.md": "ours" }, true)).toEqual(["README.md"]);
    expect(await contentOf(dir)).toEqual({ ...peft, "README.md": "mine" });
    await rm(join(dir, "README.md"));
    expect(await write(dir, { ...peft, "README.md": "ours" }, true)).toEqual([]);
    await write(dir, merged, true);
    expect(await contentOf(dir)).toEqual(merged);
  });

  test("a README that was changed after the export stays", async () => {
    const dir = join(await tempFolder(), "out");
    await write(dir, { ...peft, "README.md": "ours" });
    await writeFile(join(dir, "README.md"), "mine");
    const later = new Date(Date.now() + 60_000);
    await real.utimes(join(dir, "README.md"), later, later);
    expect(await write(dir, { ...merged, "README.md": "ours" }, true)).toEqual(["README.md"]);
    expect(await contentOf(dir)).toEqual({ ...merged, "README.md": "mine" });
  });

  test("stays, and is told", async () => {
    const dir = await tempFolder();
    await writeFile(join(dir, "README.md"), "mine");
    expect(await checkFolderAtomic(dir, { overwrite: true })).toEqual(["README.md"]);
    expect(await write(dir, peft, true)).toEqual(["README.md"]);
    expect(await write(dir, merged, true)).toEqual(["README.md"]);
    expect(await contentOf(dir)).toEqual({ ...merged, "README.md": "mine" });
  });

  test("a manifest that names files outside of its folder is not believed", async () => {
    const parent = await tempFolder();
    const dir = join(parent, "out");
    await mkdir(dir);
    await writeFile(join(parent, "secret"), "mine");
    const manifest = { format: "dylora-files", version: 1, files: ["../secret"] };
    await writeFile(join(dir, MANIFEST), JSON.stringify(manifest));
    await write(dir, peft, true);
    await writeFile(
      join(dir, MANIFEST),
      JSON.stringify({ ...manifest, files: [], next: { staging: "..", files: ["secret"], entries: [] } }),
    );
    expect(await currentFolder(dir)).toBe(dir);
    expect(await readFile(join(parent, "secret"), "utf8")).toBe("mine");
  });
});

test("files in folders, and folders that are empty without them", async () => {
  const dir = join(await tempFolder(), "out");
  await writeFolderAtomic(dir, fill({ x: "1", "a/b/y": "2", "a/z": "3" }));
  await writeFile(join(dir, "a", "mine"), "mine");
  await writeFolderAtomic(dir, fill({ x: "4" }), { overwrite: true });
  expect(await contentOf(dir)).toEqual({ x: "4", "a/mine": "mine" });
  expect(await readdir(join(dir, "a"))).toEqual(["mine"]);
});

test.skipIf(process.platform === "win32")(
  "the folder stays the same folder, and files keep their permissions",
  async () => {
    const dir = join(await tempFolder(), "out");
    await write(dir, peft);
    await chmod(dir, 0o700);
    await chmod(join(dir, "adapter_config.json"), 0o600);
    if (root) execFileSync("chown", ["1234:2345", join(dir, "adapter_config.json")]);
    const before = await stat(dir);
    await write(dir, peftAgain, true);
    const after = await stat(dir);
    expect([after.ino, after.mode]).toEqual([before.ino, before.mode]);
    const file = await stat(join(dir, "adapter_config.json"));
    expect([file.mode & 0o777, file.nlink]).toEqual([0o600, 1]);
    if (root) expect([file.uid, file.gid]).toEqual([1234, 2345]);
  },
);

test.skipIf(process.platform === "win32")("a link that leads nowhere yet makes the folder it names", async () => {
  const parent = await tempFolder();
  await symlink(join("far", "out"), join(parent, "link"));
  await write(join(parent, "link"), peft);
  expect(await contentOf(join(parent, "far", "out"))).toEqual(peft);
  await symlink("there", join(parent, "run"));
  await prepareOutputFolder(join(parent, "run"));
  expect(await readdir(join(parent, "there"))).toEqual([]);
});

test.skipIf(!root || process.platform !== "linux")("a mount point (made as root)", async ({ skip }) => {
  const dir = join(await tempFolder(), "volume");
  await mkdir(dir);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", dir], { stdio: "ignore" });
  } catch {
    skip("mounting is not permitted here");
  }
  try {
    await mkdir(join(dir, "lost+found"));
    await write(dir, peft);
    await write(dir, merged, true);
    expect(await contentOf(dir)).toEqual(merged);
    const large = { ...merged, "model.safetensors": "x".repeat(80_000) };
    await expect(write(dir, large, true)).rejects.toThrow("the disk is full");
    expect(await contentOf(dir)).toEqual(merged);
    expect((await readdir(dir)).sort()).toEqual([MANIFEST, "lost+found", ...Object.keys(merged)].sort());
    await expect(checkModelOutput(dir, { overwrite: true, bytes: 1e6 })).rejects.toMatchObject({
      code: "output_refused",
    });
  } finally {
    execFileSync("umount", [dir]);
  }
});

test.skipIf(!root || process.seteuid === undefined)(
  "a folder of one's own where no other can be made (as root)",
  async () => {
    const parent = await tempFolder();
    const dir = join(parent, "out");
    await mkdir(dir);
    await chmod(parent, 0o755);
    execFileSync("chown", ["65534", dir]);
    process.seteuid?.(65534);
    try {
      expect(await checkModelOutput(dir)).toEqual([]);
      await write(dir, peft);
      await write(dir, merged, true);
      expect(await contentOf(dir)).toEqual(merged);
      await expect(checkModelOutput(join(parent, "other"))).rejects.toMatchObject({ code: "output_refused" });
    } finally {
      process.seteuid?.(0);
    }
  },
);
