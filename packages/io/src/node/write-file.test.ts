import { execFileSync, spawn } from "node:child_process";
import {
  chmod,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { createServer } from "node:net";
import { basename, join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { checkOutputFile, checkOutputFolder } from "./check-output.ts";
import { tempFolder } from "./fixtures/temp-folder.ts";
import { isStandardOutput, resolveOutput } from "./output-target.ts";
import { isPartialName, siblingOf } from "./partial-name.ts";
import { writeFileAtomic } from "./write-file.ts";

const text = (path: string) => readFile(path, "utf8");
const windows = process.platform === "win32";
const root = process.getuid?.() === 0;

describe.skipIf(windows)("links", () => {
  test("the target is replaced in its folder and the link stays, over several links and from a relative one", async () => {
    const dir = await tempFolder();
    await mkdir(join(dir, "far"));
    await writeFile(join(dir, "far", "real"), "old");
    await symlink(join("far", "real"), join(dir, "near"));
    await symlink("near", join(dir, "nearer"));
    await writeFileAtomic(join(dir, "nearer"), "new");
    expect(await text(join(dir, "far", "real"))).toBe("new");
    expect([await readlink(join(dir, "near")), await readlink(join(dir, "nearer"))]).toEqual(["far/real", "near"]);
    expect([await readdir(dir), await readdir(join(dir, "far"))]).toEqual([["far", "near", "nearer"], ["real"]]);
  });

  test("`..` of a link is meant from the real folder", async () => {
    const dir = await tempFolder();
    await mkdir(join(dir, "a", "b"), { recursive: true });
    await symlink(join("a", "b"), join(dir, "short"));
    await symlink("../real", join(dir, "a", "b", "link"));
    await writeFileAtomic(join(dir, "short", "link"), "new");
    expect(await text(join(dir, "a", "real"))).toBe("new");
  });

  test("a link that leads nowhere yet makes its target", async () => {
    const dir = await tempFolder();
    await symlink("later", join(dir, "link"));
    await checkOutputFile(join(dir, "link"));
    await writeFileAtomic(join(dir, "link"), "new");
    expect(await text(join(dir, "later"))).toBe("new");
    expect((await lstat(join(dir, "link"))).isSymbolicLink()).toBe(true);
  });

  test("links in a circle are refused", async () => {
    const dir = await tempFolder();
    await symlink("b", join(dir, "a"));
    await symlink("a", join(dir, "b"));
    await expect(checkOutputFile(join(dir, "a"))).rejects.toMatchObject({ code: "output_refused" });
    await expect(writeFileAtomic(join(dir, "a"), "")).rejects.toThrow("its links lead in a circle");
  });

  test("another name of the same file keeps the old content", async () => {
    const dir = await tempFolder();
    await writeFile(join(dir, "x"), "old");
    await link(join(dir, "x"), join(dir, "backup"));
    await writeFileAtomic(join(dir, "x"), "new");
    expect([await text(join(dir, "x")), await text(join(dir, "backup"))]).toEqual(["new", "old"]);
  });
});

describe.skipIf(windows)("what is no regular file is written through", () => {
  test("a named pipe", async () => {
    const path = join(await tempFolder(), "pipe");
    execFileSync("mkfifo", [path]);
    await checkOutputFile(path);
    const received = textOf(spawn("cat", [path]).stdout);
    const big = "0123456789".repeat(100_000);
    await writeFileAtomic(path, big);
    expect(await received).toBe(big);
    expect((await lstat(path)).isFIFO()).toBe(true);
  });

  test("a socket", async () => {
    const path = join(await tempFolder(), "socket");
    const received = new Promise<string>((done) => {
      const server = createServer(async (socket) => {
        done(await textOf(socket));
        server.close();
      }).listen(path);
      server.once("listening", () => writeFileAtomic(path, "through"));
    });
    expect(await received).toBe("through");
  });

  test("/dev/null stays a device, also behind a link", async () => {
    const dir = await tempFolder();
    await symlink("/dev/null", join(dir, "null"));
    await checkOutputFile(join(dir, "null"));
    await writeFileAtomic(join(dir, "null"), "gone");
    await writeFileAtomic("/dev/null", "gone");
    expect((await lstat("/dev/null")).isCharacterDevice()).toBe(true);
    expect((await lstat(join(dir, "null"))).isSymbolicLink()).toBe(true);
  });

  test.skipIf(!root)("a device of one's own (made as root)", async ({ skip }) => {
    const path = join(await tempFolder(), "device");
    try {
      execFileSync("mknod", [path, "c", "1", "3"], { stdio: "ignore" });
    } catch {
      skip("mknod is not permitted here");
    }
    await writeFileAtomic(path, "gone");
    expect((await lstat(path)).isCharacterDevice()).toBe(true);
  });

  test("an open file of the process, where it stands", async () => {
    const path = join(await tempFolder(), "x");
    const handle = await open(path, "a");
    await handle.writeFile("before ");
    await writeFileAtomic(`/dev/fd/${handle.fd}`, "through ");
    await handle.writeFile("after");
    await handle.close();
    expect(await text(path)).toBe("before through after");
  });

  test("a descriptor that is not open, or only for reading, is refused before", async () => {
    await expect(checkOutputFile("/dev/fd/987")).rejects.toMatchObject({ code: "output_refused" });
    const path = join(await tempFolder(), "x");
    await writeFile(path, "");
    const handle = await open(path, "r");
    await expect(checkOutputFile(`/dev/fd/${handle.fd}`)).rejects.toThrow("not open for writing");
    await handle.close();
  });

  test("standard output has many names", async () => {
    const dir = await tempFolder();
    await symlink("/dev/stdout", join(dir, "out"));
    for (const path of ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", join(dir, "out")]) {
      expect(await resolveOutput(path)).toEqual({ kind: "descriptor", descriptor: 1 });
      expect(await isStandardOutput(path)).toBe(true);
    }
    expect(await isStandardOutput("/dev/stderr")).toBe(false);
    expect(await isStandardOutput(join(dir, "x"))).toBe(false);
  });
});

describe.skipIf(windows)("permissions", () => {
  test("mode and owner of a file that is replaced are kept", async () => {
    const path = join(await tempFolder(), "x");
    await writeFile(path, "old");
    await chmod(path, 0o640);
    if (root) execFileSync("chown", ["1234:2345", path]);
    await writeFileAtomic(path, "new");
    const { mode, uid, gid } = await stat(path);
    expect(mode & 0o777).toBe(0o640);
    if (root) expect([uid, gid]).toEqual([1234, 2345]);
  });

  test("the working place of a new file is a file of the usual permissions", async () => {
    const path = join(await tempFolder(), "x");
    await writeFileAtomic(path, "new");
    expect((await stat(path)).mode & 0o777).toBe(0o666 & ~process.umask());
  });

  test.skipIf(root)(
    "a file that may not be written is refused, though its folder would let it be replaced",
    async () => {
      const path = join(await tempFolder(), "x");
      await writeFile(path, "old", { mode: 0o444 });
      await expect(checkOutputFile(path)).rejects.toMatchObject({ code: "output_refused" });
      await expect(writeFileAtomic(path, "new")).rejects.toMatchObject({ code: "output_unwritable" });
      expect(await text(path)).toBe("old");
    },
  );

  describe.skipIf(!root || process.seteuid === undefined)("of another user (made as root)", () => {
    const nobody = 65534;
    const asNobody = async <T>(work: () => Promise<T>): Promise<T> => {
      process.setegid?.(nobody);
      process.seteuid?.(nobody);
      try {
        return await work();
      } finally {
        process.seteuid?.(0);
        process.setegid?.(0);
      }
    };
    const shared = async (mode: number) => {
      const dir = await tempFolder();
      await chmod(dir, mode);
      const path = join(dir, "x");
      await writeFile(path, "the old content");
      await chmod(path, 0o666);
      return { dir, path };
    };

    test("a file that can be written, in a folder that takes no new ones, is written in place", async () => {
      const { dir, path } = await shared(0o755);
      const before = await stat(path);
      await asNobody(async () => {
        await checkOutputFile(path);
        await writeFileAtomic(path, "new");
        await expect(checkOutputFile(join(dir, "y"))).rejects.toThrow("permission denied");
        await expect(checkOutputFolder(join(dir, "a", "b"))).rejects.toMatchObject({ code: "output_refused" });
      });
      const { ino, uid, mode } = await stat(path);
      expect([await text(path), ino, uid, mode]).toEqual(["new", before.ino, before.uid, before.mode]);
      expect(await readdir(dir)).toEqual(["x"]);
    });

    test.each([0o777, 0o1777])("another's file keeps its owner in a folder of mode %o", async (mode) => {
      const { dir, path } = await shared(mode);
      await asNobody(() => writeFileAtomic(path, "new"));
      expect([await text(path), (await stat(path)).uid]).toEqual(["new", 0]);
      expect(await readdir(dir)).toEqual(["x"]);
    });

    test("a file that may not be written is refused, though its folder would let it be replaced", async () => {
      const { path } = await shared(0o777);
      await chmod(path, 0o644);
      await asNobody(async () => {
        await expect(checkOutputFile(path)).rejects.toMatchObject({ code: "output_refused" });
        await expect(writeFileAtomic(path, "new")).rejects.toMatchObject({ code: "output_unwritable" });
      });
      expect(await text(path)).toBe("the old content");
    });
  });
});

describe("refused before any work", () => {
  test.each([
    ["a folder", "dir", "it is a folder"],
    ["a folder by its slash", "dir/", "a folder"],
    ["a path through a file", "file/x", "not a folder"],
    ["a path far below a file", "file/x/y/z", "not a folder"],
    ["a name too long", "n".repeat(300), "too long"],
    ["no name", "", "a folder"],
  ])("%s", async (_, name, reason) => {
    const dir = await tempFolder();
    await mkdir(join(dir, "dir"));
    await writeFile(join(dir, "file"), "");
    const path = name.endsWith("/") || name === "" ? (name === "" ? "" : `${dir}/${name}`) : join(dir, name);
    await expect(checkOutputFile(path)).rejects.toMatchObject({ name: "ResourceError", code: "output_refused" });
    await expect(checkOutputFile(path)).rejects.toThrow(reason);
    expect((await readdir(dir)).sort()).toEqual(["dir", "file"]);
  });

  test("a folder in a file, and more than the disk holds", async () => {
    const dir = await tempFolder();
    await writeFile(join(dir, "file"), "");
    for (const name of ["file", "file/x"]) {
      await expect(checkOutputFolder(join(dir, name))).rejects.toMatchObject({ code: "output_refused" });
    }
    await expect(checkOutputFolder(dir, { bytes: 2 ** 60 })).rejects.toThrow("free");
    await checkOutputFolder(join(dir, "a", "b"), { bytes: 1 });
    expect(await readdir(dir)).toEqual(["file"]);
  });

  test.skipIf(!root || process.platform !== "linux")("full, read-only and mounted (as root)", async ({ skip }) => {
    const dir = await tempFolder();
    const inner = join(dir, "mount");
    await mkdir(inner);
    const mount = (...args: string[]) => execFileSync("mount", args, { stdio: "ignore" });
    try {
      mount("-t", "tmpfs", "-o", "size=64k", "tmpfs", inner);
    } catch {
      skip("mounting is not permitted here");
    }
    try {
      const path = join(inner, "x");
      await writeFileAtomic(path, "old");
      await expect(writeFileAtomic(path, "0123456789".repeat(10_000))).rejects.toThrow(/disk is full \(ENOSPC\)/);
      expect([await text(path), await readdir(inner)]).toEqual(["old", ["x"]]);
      await writeFile(join(inner, "fill"), Buffer.alloc(60 * 1024));
      await expect(checkOutputFile(join(inner, "y"))).rejects.toThrow("the disk is full");
      mount("-o", "remount,ro", inner);
      await expect(checkOutputFile(path)).rejects.toThrow("read-only");
      await expect(checkOutputFolder(inner)).rejects.toThrow("read-only");

      // A file that is a mount point, as `docker run -v file:file` makes it.
      const [outside, point] = [join(dir, "outside"), join(dir, "point")];
      await writeFile(outside, "the old content");
      await writeFile(point, "");
      mount("--bind", outside, point);
      try {
        await checkOutputFile(point);
        await writeFileAtomic(point, "new");
        expect(await text(outside)).toBe("new");
      } finally {
        execFileSync("umount", [point]);
      }
      expect((await readdir(dir)).sort()).toEqual(["mount", "outside", "point"]);
    } finally {
      execFileSync("umount", [inner]);
    }
  });
});

describe("what killed processes left", () => {
  const dead = Number(execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }));
  const nameOf = (path: string, pid: number): string =>
    siblingOf(path).replace(
      /(\.partial-[0-9a-f]{8})[0-9a-f]{8}/,
      (_, head) => head + pid.toString(16).padStart(8, "0"),
    );

  test("is removed when it is for the same target and its process is dead, or a day old", async () => {
    const dir = await tempFolder();
    const path = join(dir, "out.jsonl");
    const yesterday = new Date(Date.now() - 25 * 60 * 60 * 1000);
    const ours = nameOf(path, dead);
    const alive = nameOf(path, process.ppid);
    const elsewhere = join(dir, ".out.jsonl.partial-00000000000000010123456789ab");
    const old = join(dir, ".out.jsonl.partial-0123456789ab");
    const otherTarget = nameOf(join(dir, "other"), dead);
    const foreign = join(dir, ".out.jsonl.partial-mine");
    for (const file of [ours, alive, elsewhere, old, otherTarget, foreign]) await writeFile(file, "");
    await utimes(old, yesterday, yesterday);
    await writeFileAtomic(path, "new");
    const left = (await readdir(dir)).map((name) => join(dir, name)).sort();
    expect(left).toEqual([alive, elsewhere, otherTarget, foreign, path].sort());
  });

  test("names stay within what file systems take", async () => {
    const dir = await tempFolder();
    for (const name of ["x".repeat(255), "é".repeat(127)]) {
      await writeFileAtomic(join(dir, name), "new");
      expect(isPartialName(basename(siblingOf(join(dir, name))))).toBe(true);
    }
    expect(await readdir(dir)).toHaveLength(2);
  });
});
