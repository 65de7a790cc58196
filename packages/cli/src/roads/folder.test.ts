import { existsSync } from "node:fs";
import { appendFile, cp, mkdir, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readRunRecord } from "@dylora/finetune";
import { LOCK_FILE, lockFolder } from "@dylora/io/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../fixtures/run-cli.ts";
import { makeTinySample, type TinySample } from "../fixtures/tiny-sample.ts";

let sample: TinySample;
/** A finished run of three steps, swept, with rank 1 exported. */
let finished: string;
const train = (out: string, ...more: string[]): string[] => [
  ...["train", "--base", sample.model, "--task", sample.task, "--out", out, "--steps", "3", "--rank", "2"],
  ...["--batch-size", "8", ...more],
];
beforeAll(async () => {
  sample = await makeTinySample();
  finished = sample.out("finished");
  await runCli(train(finished));
  await runCli(["sweep", finished, "--resamples", "10"]);
  await runCli(["export", finished, "--rank", "1", "--out", join(finished, "export", "rank-1")]);
  await runCli(["export", finished, "--rank", "1", "--merge", "--out", join(finished, "export", "merged")]);
}, 120_000);
afterAll(() => sample.remove());

let count = 0;
async function copyOfRun(): Promise<string> {
  const out = sample.out(`copy-${count++}`);
  await cp(finished, out, { recursive: true });
  return out;
}

async function filesBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .sort();
}

describe("--overwrite", () => {
  test("removes what dylora wrote, and leaves the files of others, wherever they lie", async () => {
    const out = await copyOfRun();
    const foreign = [
      "notes.txt",
      "export/thesis.txt",
      "export/rank-1/README.md",
      "checkpoint/my-weights.pt",
      "checkpoint/step-1.safetensors",
      "parts/p.txt",
      ".mine.partial",
    ];
    for (const file of foreign) {
      await mkdir(dirname(join(out, file)), { recursive: true });
      await writeFile(join(out, file), file);
    }
    expect((await runCli(train(out, "--overwrite", "--steps", "2"))).code).toBe(0);
    for (const file of foreign) expect(await readFile(join(out, file), "utf8")).toBe(file);
    const left = await filesBelow(out);
    const merged = left.filter((file) => file.startsWith("export/merged/"));
    expect(merged).not.toEqual([]);
    expect(left.filter((file) => !foreign.includes(file) && !merged.includes(file))).toEqual([
      expect.stringMatching(/^checkpoint\/checkpoints\.json$/),
      expect.stringMatching(/^checkpoint\/step-0000000002-/),
      "events.jsonl",
      "run.json",
    ]);
    expect(await readRunRecord(out)).toMatchObject({ steps: 2, ended: { step: 2, reason: "done" } });
  });

  test.each<[string, (dir: string) => Promise<void>]>([
    ["no record", async () => {}],
    ["a run.json of something else", (dir) => writeFile(join(dir, "run.json"), '{"runs": 3}')],
    ["a run.json that is no JSON", (dir) => writeFile(join(dir, "run.json"), "dylora-run")],
  ])("refuses a folder with %s, and touches nothing", async (_, prepare) => {
    const out = sample.out(`foreign-${count++}`);
    await mkdir(join(out, "export"), { recursive: true });
    await mkdir(join(out, "checkpoint"));
    for (const file of ["export/thesis.txt", "checkpoint/w.pt", "report.html"]) await writeFile(join(out, file), file);
    await prepare(out);
    const before = await filesBelow(out);
    for (const command of [train(out, "--overwrite"), ["compare", ...train(out, "--overwrite").slice(1)]]) {
      const { code, err } = await runCli(command);
      expect(code).toBe(2);
      expect(err).toContain("is no run of dylora");
    }
    expect(await filesBelow(out)).toEqual(before);
  });

  test("refuses to remove its own base, also behind a link", async () => {
    const out = await copyOfRun();
    const exported = join(out, "export", "rank-2");
    // A model in a folder that looks like an export: its files would go.
    await cp(sample.model, exported, { recursive: true });
    for (const file of ["dylora.json", ".dylora-files.json"]) {
      await cp(join(out, "export", "rank-1", file), join(exported, file));
    }
    const link = join(sample.dir, `link-${count++}`);
    await symlink(exported, link);
    for (const base of [exported, link]) {
      const { code, err } = await runCli(train(out, "--overwrite", "--base", base));
      expect(code).toBe(2);
      expect(err).toContain("--base is");
      expect(err).toContain("--overwrite would remove");
    }
    expect(existsSync(join(exported, "dylora.json"))).toBe(true);
    // The merged model of the earlier run is none of what is removed, so it can be trained on.
    const merged = join(out, "export", "merged");
    const { code } = await runCli(train(out, "--overwrite", "--base", merged));
    expect(code).toBe(0);
    expect(existsSync(join(merged, "model.safetensors"))).toBe(true);
    expect((await runCli(["sweep", out, "--resamples", "10"])).code).toBe(0);
  });

  test("a link to a folder is written through", async () => {
    const out = await copyOfRun();
    const link = sample.out(`through-${count++}`);
    await symlink(out, link);
    expect((await runCli(train(link, "--overwrite", "--steps", "1"))).code).toBe(0);
    expect(await realpath(link)).toBe(await realpath(out));
    expect((await readRunRecord(out)).steps).toBe(1);
  });

  test("killed while it clears: the new run goes on, and takes nothing of the old one for its own", async () => {
    const out = await copyOfRun();
    const record = JSON.parse(await readFile(join(out, "run.json"), "utf8"));
    // What beginRun leaves when it is killed between its two moves.
    await writeFile(
      join(out, "run.json"),
      JSON.stringify({ ...record, settings: { ...record.settings, seed: 7 }, replacing: true }),
    );
    const swept = await runCli(["sweep", out]);
    expect(swept.code).toBe(2);
    expect(swept.err).toContain("holds no checkpoint yet");
    expect((await runCli(["train", "--resume", "--out", out])).code).toBe(0);
    const other = sample.out(`seed-${count++}`);
    await runCli(train(other, "--seed", "7"));
    const checkpoints = async (dir: string) => readFile(join(dir, "checkpoint", "checkpoints.json"), "utf8");
    expect(await checkpoints(out)).toBe(await checkpoints(other));
    expect((await readRunRecord(out)).replacing).toBeUndefined();
  });
});

describe("one writer", () => {
  test("of two starts, one trains and the other is refused; nothing is mixed", async () => {
    const out = sample.out("two");
    // Long enough for both to be there at once: who finds the lock taken looks again for a fifth of a second.
    const start = (seed: string) => runCli(train(out, "--seed", seed, "--steps", "150"));
    const both = await Promise.all([start("1"), start("2")]);
    expect(both.map(({ code }) => code).sort()).toEqual([0, 2]);
    const [refused] = both.filter(({ code }) => code === 2);
    expect(refused?.err).toContain("is being written by another run of dylora");
    const resumes = await Promise.all([0, 1].map(() => runCli(["train", "--resume", "--out", out, "--steps", "300"])));
    expect(resumes.map(({ code }) => code).sort()).toEqual([0, 2]);
  });

  test("every writer keeps to it, readers say so, and a start that fails leaves no trace", async () => {
    const out = await copyOfRun();
    const lock = await lockFolder(out);
    const writers = [
      train(out, "--overwrite"),
      ["train", "--resume", "--out", out],
      ["compare", ...train(out, "--overwrite").slice(1)],
      ["quickstart", "--dir", sample.dir, "--out", out],
    ];
    for (const command of writers) {
      const { code, err } = await runCli(command);
      expect(code, err).toBe(2);
      expect(err).toContain("is being written by another run");
    }
    const target = sample.out(`exported-${count++}`);
    const exported = await runCli(["export", out, "--rank", "1", "--out", target]);
    expect(exported.code).toBe(0);
    expect(exported.err).toContain("is still being written by another process; this is its checkpoint of step 3");
    await lock.release();

    const fresh = sample.out("never");
    expect((await runCli(train(fresh, "--base", "/nowhere/model"))).code).toBe(2);
    expect(existsSync(fresh)).toBe(false);
    // A lock file that a killed process left locks nothing.
    await writeFile(join(out, LOCK_FILE), '{"pid": 1}');
    expect((await runCli(["train", "--resume", "--out", out])).code).toBe(0);
    await rm(join(out, LOCK_FILE), { force: true });
  });
});

test("damaged lines of the event log are left out and counted, on resume and in a sweep", async () => {
  const out = await copyOfRun();
  await appendFile(join(out, "events.jsonl"), '{"type":"step","st\n{"type":"step","step":{"toString":1}}\nnull\n');
  expect((await runCli(["sweep", out, "--resamples", "10"])).err).toContain("3 damaged lines left out");
  const resumed = await runCli(["train", "--resume", "--out", out, "--steps", "4"]);
  expect(resumed.err).toContain("3 damaged lines left out");
  expect((await runCli(["sweep", out, "--resamples", "10"])).err).not.toContain("damaged");
});
