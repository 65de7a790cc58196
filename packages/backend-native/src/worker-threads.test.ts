import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, type TestContext, test } from "vitest";
import { addonFile } from "./addon/find-addon.ts";
import { nativeBackend } from "./index.ts";

// In a process of its own: what went wrong once was a crash, when the last worker's end unloaded the addon and OpenMP
// from under OpenMP's own threads.
test.each([
  [2, 1],
  [2, 3],
])("%d rounds, in each of which %d worker threads load the addon, compute and end", async (rounds, workers) => {
  const { available } = await nativeBackend().available();
  const file = addonFile();
  if (!available || file === undefined) return;
  const script = fileURLToPath(new URL("fixtures/worker-rounds.mjs", import.meta.url));
  const ran = spawnSync(process.execPath, [script, file, String(rounds), String(workers)], { encoding: "utf8" });
  expect(ran).toMatchObject({ status: 0, signal: null, stdout: "done\n", stderr: "" });
});

test("the tests above ran", async (context: TestContext) => {
  const availability = await nativeBackend().available();
  if (!availability.available) context.skip(`${availability.reason}; ${availability.remedy}`);
});
