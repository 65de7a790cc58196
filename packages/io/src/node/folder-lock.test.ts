import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isFolderLocked, LOCK_FILE, lockFolder } from "./folder-lock.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "lock-"));
});
afterAll(() => rm(root, { recursive: true }));

test("one holder at a time; a released lock leaves nothing behind", async () => {
  const dir = join(root, "a", "b");
  const lock = await lockFolder(dir);
  expect(lock.supported).toBe(true);
  expect(await isFolderLocked(dir)).toBe(true);
  await expect(lockFolder(dir)).rejects.toMatchObject({
    code: "folder_in_use",
    message: expect.stringContaining(`process ${process.pid}`),
  });
  await lock.release();
  await lock.release();
  expect(await isFolderLocked(dir)).toBe(false);
  // The folders that were made for it are gone too.
  expect(await readdir(root)).toEqual([]);
});

test("a folder that has something in it stays", async () => {
  const dir = join(root, "kept");
  const lock = await lockFolder(dir);
  await writeFile(join(dir, "run.json"), "{}");
  await lock.release();
  expect(await readdir(dir)).toEqual(["run.json"]);
  await rm(dir, { recursive: true });
});

test("of many that ask at once, one gets it", async () => {
  const dir = join(root, "many");
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(dir)));
    const locks = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
    expect(locks).toHaveLength(1);
    await locks[0]?.release();
  }
});

/** A process that takes the lock as this module does, and then computes without a pause. */
const script = `
  const { tryLock } = require(process.argv[1]);
  const { openSync } = require("node:fs");
  const locked = tryLock(openSync(process.argv[2], "a+"), 2 ** 30, 1, { shared: false });
  require("node:fs").writeSync(1, locked ? "locked" : "not locked");
  for (const end = Date.now() + 60000; Date.now() < end; );
`;

test("the lock of a process that computes without a pause holds; that of a killed one is free at once", async () => {
  const dir = join(root, "other");
  await mkdir(dir);
  const addon = createRequire(import.meta.url).resolve("fs-native-extensions");
  const child: ChildProcess = spawn(process.execPath, ["-e", script, addon, join(dir, LOCK_FILE)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said] = await once(child.stdout as NodeJS.ReadableStream, "data");
  expect(String(said)).toBe("locked");
  expect(await isFolderLocked(dir)).toBe(true);
  await expect(lockFolder(dir)).rejects.toMatchObject({ code: "folder_in_use" });
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await readdir(dir)).toEqual([LOCK_FILE]);
  expect(await isFolderLocked(dir)).toBe(false);
  const lock = await lockFolder(dir);
  await lock.release();
  expect(await readdir(dir)).toEqual([]);
}, 30_000);

test("a file in the way, and a parent that is a file, are refused", async () => {
  const file = join(root, "file");
  await writeFile(file, "");
  for (const dir of [file, join(file, "below")]) {
    await expect(lockFolder(dir)).rejects.toMatchObject({ code: "output_not_folder" });
  }
  const odd = join(root, "odd");
  await mkdir(join(odd, LOCK_FILE), { recursive: true });
  await expect(lockFolder(odd)).rejects.toMatchObject({ code: "output_unwritable" });
});
