import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { isFolderLocked } from "@dylora/io/node";
import { parseSweepFile } from "@dylora/report";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "../fixtures/run-cli.ts";
import { makeTinySample, type TinySample } from "../fixtures/tiny-sample.ts";
import { findSample } from "./sample-folder.ts";

let sample: TinySample;
beforeAll(async () => {
  sample = await makeTinySample();
});
afterAll(() => sample.remove());

test("the whole road: everything is printed and left in the folder, and it can be run again", async () => {
  const out = sample.out("quickstart");
  const args = ["quickstart", "--dir", sample.dir, "--out", out, "--steps", "5", "--rank", "3"];
  const { code, out: text, err } = await runCli(args);
  expect(code).toBe(0);
  expect(err).toContain(`results go to ${out}`);
  expect(text).toMatch(/rank +parameters +accuracy +95% interval.* loss/);
  expect(text).toContain("recommended");
  expect(text).toMatch(/LoRA trained at rank 1 alone: accuracy/);
  expect(text).toMatch(/LoRA trained at rank 3 alone: accuracy/);
  expect(text).toMatch(/LoRA trained at each rank would take about/);
  expect(text).toMatch(/at both ranks where the two were measured|on average over the 2 ranks/);

  const sweep = parseSweepFile(await readFile(join(out, "sweep.json"), "utf8"), "sweep.json");
  expect(sweep.curves.map(({ kind, points }) => [kind, points.map(({ rank }) => rank)])).toEqual([
    ["dylora", [1, 2, 3]],
    ["lora", [1, 3]],
  ]);
  expect(sweep.cost?.projected).toBe(true);
  const [dylora, lora] = sweep.curves.map(({ trainSeconds, sweepSeconds }) => trainSeconds + sweepSeconds);
  expect(sweep.cost?.ratio).toBeCloseTo((dylora as number) / (((lora as number) / 2) * 3), 9);
  const rank = sweep.recommendation?.rank;
  const exported = join(out, "export", `rank-${rank}`);
  expect(sweep.exported).toBe(`path/to/rank-${rank}`);
  // Reports are given to others: they name nobody's folders.
  for (const file of ["report.html", "sweep.json", "sweep.svg"]) {
    const made = await readFile(join(out, file), "utf8");
    for (const folder of [sample.dir, homedir(), process.cwd()]) expect(made).not.toContain(folder);
  }
  for (const file of ["sweep.svg", "report.html", "checkpoint/checkpoints.json"])
    expect(existsSync(join(out, file))).toBe(true);
  for (const file of ["adapter_config.json", "adapter_model.safetensors"])
    expect(existsSync(join(exported, file))).toBe(true);

  expect(text).toContain(`dylora predict --adapter ${exported} --input -`);
  // What is printed can be typed.
  const [, typed = "", asking = ""] = /echo '(.*)' \| dylora (.*)$/m.exec(text) ?? [];
  const asked = await runCli(asking.split(" "), { input: `${typed}\n` });
  expect([asked.code, asked.out.trim().split("\n").length]).toEqual([0, 1]);

  await writeFile(join(out, "mine.txt"), "notes");
  const ranksOf = (json: string) => parseSweepFile(json, "stdout").curves[1]?.points.map((point) => point.rank);
  const events = async () => {
    const lines = (await readFile(join(out, "events.jsonl"), "utf8")).split("\n");
    return lines.filter((line) => line.includes('"type":"step"')).join("\n");
  };
  const before = await events();
  // The same again: what is there is shown.
  const same = await runCli([...args, "--json"]);
  expect([same.code, ranksOf(same.out)]).toEqual([0, [1, 3]]);
  expect(same.err).toMatch(/has all of this from .* UTC, so nothing was trained; --overwrite does it again/);
  expect(JSON.parse(same.out)).toEqual(JSON.parse(JSON.stringify(sweep)));
  // Who is ahead is said once.
  const shown = await runCli(args);
  expect(shown.out.match(/where (?:the two|both) were measured/g)).toHaveLength(1);
  // Other baselines of the same run: it is not trained again.
  const more = await runCli([...args, "--lora-ranks", "2", "--json"]);
  expect([more.code, ranksOf(more.out)]).toEqual([0, [2]]);
  expect(more.err).toContain("going on with what is in");
  expect(await events()).toBe(before);
  // Other settings, or asked for: all of it is made again.
  for (const asked of [["--lr", "1e-3"], ["--overwrite"]]) {
    const again = await runCli([...args, ...asked]);
    expect([again.code, await events()]).toEqual([0, expect.not.stringContaining(before)]);
    expect(again.err).toContain("replacing what an earlier run left");
  }
  expect(existsSync(join(out, "mine.txt"))).toBe(true);
});

test("the folder is held to the end; a quickstart that is stopped says how its training goes on", async () => {
  const out = sample.out("held");
  const args = ["quickstart", "--dir", sample.dir, "--out", out, "--steps", "5", "--rank", "2"];
  let done = false;
  const running = runCli(args).finally(() => {
    done = true;
  });
  const locked: boolean[] = [];
  while (!done) {
    // The sweep is written, and the LoRAs to compare with are still to be trained.
    if (existsSync(join(out, "sweep.json"))) locked.push(await isFolderLocked(out));
    await setTimeout(5);
  }
  expect((await running).code).toBe(0);
  expect(locked[0]).toBe(true);
  expect(await isFolderLocked(out)).toBe(false);

  const stop = new AbortController();
  const stopped = runCli([...args, "--steps", "100000"], { signal: stop.signal });
  while (!(await readFile(join(out, "events.jsonl"), "utf8").catch(() => "")).includes('"step":7,'))
    await setTimeout(5);
  stop.abort();
  const { code, err } = await stopped;
  expect(code).toBe(130);
  expect(err).toContain(`Resume with: dylora train --resume --out ${out}\n`);
  expect(await isFolderLocked(out)).toBe(false);
});

test("ranks above the highest and a folder without a sample are refused", async () => {
  const wrong = await runCli(["quickstart", "--dir", sample.dir, "--lora-ranks", "9"]);
  expect([wrong.code, wrong.err]).toEqual([2, "dylora: --lora-ranks has rank 9; the highest rank is 8\n"]);
  const none = await runCli(["quickstart", "--dir", "nowhere"]);
  expect(none.code).toBe(2);
  expect(none.err).toContain("name its folder with --dir");
});

test("the sample of the repository is found", () => {
  const { model, task } = findSample(undefined);
  expect(existsSync(join(model, "model.safetensors"))).toBe(true);
  expect(existsSync(task)).toBe(true);
});
