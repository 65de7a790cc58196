import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "../fixtures/run-cli.ts";
import { makeTinySample, type TinySample } from "../fixtures/tiny-sample.ts";

let sample: TinySample;
beforeAll(async () => {
  sample = await makeTinySample();
});
afterAll(() => sample.remove());

/** What stands on a terminal in the end: a line that is drawn again replaces what it was. */
const screen = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.split("\r\u001b[K").at(-1))
    .join("\n");

/** Without what differs from machine to machine: folders, times, rates, and digits of measurements. */
const steady = (text: string): string =>
  text
    .replaceAll(sample.dir, "…")
    .replaceAll(/backend wasm: .*/g, "backend wasm: …")
    .replaceAll(/\d+(\.\d+)? (s|ms)\b/g, "# $2")
    .replaceAll(/\d+(\.\d+)? steps\/s/g, "# steps/s")
    .replaceAll(/(loss|accuracy) \d\.\d+/g, "$1 #")
    .replaceAll(/\d\.\d{4} at rank/g, "# at rank")
    .replaceAll(/; the best so far/g, "");

const watched = (out: string, ...more: string[]) => [
  ...["train", "--base", sample.model, "--task", sample.task, "--rank", "3", "--steps", "6", "--batch-size", "8"],
  ...["--eval-every", "3", "--eval-ranks", "1,3", "--keep", "last", "--out", sample.out(out), ...more],
];

test("a run that is watched on a terminal", async () => {
  const { code, out, err } = await runCli(watched("terminal"), { terminal: true });
  expect(code).toBe(0);
  expect(steady(screen(err))).toMatchSnapshot("notes and progress");
  expect(steady(out)).toMatchSnapshot("result");
});

test("the same run in a log holds no control characters", async () => {
  const { code, out, err } = await runCli(watched("log"));
  expect(code).toBe(0);
  for (const control of ["\r", "\u001b"]) expect(err + out).not.toContain(control);
  expect(steady(err)).toMatchSnapshot("notes and progress");
  expect(steady(out)).toMatchSnapshot("result");
});
