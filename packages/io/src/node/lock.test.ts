import { mkdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "./fixtures/temp-folder.ts";
import { tryLock } from "./lock.ts";

test("a lock has one holder at a time", async () => {
  const path = join(await tempFolder(), "run");
  const release = await tryLock(path);
  expect(release).toBeTypeOf("function");
  expect(await tryLock(path)).toBeUndefined();
  await release?.();
  const again = await tryLock(path);
  expect(again).toBeTypeOf("function");
  await again?.();
});

test("a lock that was left behind is taken over, a fresh one of another process is not", async () => {
  const path = join(await tempFolder(), "run");
  await mkdir(`${path}.lock`);
  expect(await tryLock(path)).toBeUndefined();
  const longAgo = Date.now() / 1000 - 60;
  await utimes(`${path}.lock`, longAgo, longAgo);
  const release = await tryLock(path);
  expect(release).toBeTypeOf("function");
  await release?.();
});

test("where nothing can be made, the error says so", async () => {
  const path = join(await tempFolder(), "no-such-folder", "run");
  await expect(tryLock(path)).rejects.toMatchObject({ name: "ResourceError", code: "output_unwritable" });
});
