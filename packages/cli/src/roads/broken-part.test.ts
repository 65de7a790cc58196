import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseSweepFile } from "@dylora/report";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "../fixtures/run-cli.ts";
import { makeTinySample, type TinySample } from "../fixtures/tiny-sample.ts";

let sample: TinySample;
beforeAll(async () => {
  sample = await makeTinySample();
});
afterAll(() => sample.remove());

test("a part whose training breaks down has no metric, and says so; the comparison is finished and can be repeated", async () => {
  const out = sample.out("broken");
  const options = [
    ...["compare", "--base", sample.model, "--task", sample.task, "--out", out, "--steps", "6", "--rank", "2"],
    ...["--lr", "1e20", "--schedule", "constant", "--batch-size", "8", "--resamples", "20", "--ranks", "1,2"],
  ];
  const { code, out: text, err } = await runCli(options);
  expect(err).toContain("the comparison goes on");
  expect(code).toBe(0);
  expect(text).toContain("warning: DyLoRA, seed 0: training broke down: ");
  expect(text).toContain("is not defined at any rank, so no rank is recommended");
  const { curves, warnings } = parseSweepFile(await readFile(join(out, "compare.json"), "utf8"), "compare.json");
  expect(curves.flatMap(({ points }) => points.map(({ metric }) => metric))).toEqual(Array(6).fill(null));
  expect(warnings).toHaveLength(3);
  expect(await readFile(join(out, "report.html"), "utf8")).toContain("Training broke down".toLowerCase());
  const again = await runCli([...options, "--resume"]);
  expect(again.code).toBe(0);
  expect(again.err.match(/done before/g)).toHaveLength(3);
});
