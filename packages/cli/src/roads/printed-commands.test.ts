import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "../fixtures/run-cli.ts";
import { makeTinySample, type TinySample } from "../fixtures/tiny-sample.ts";

let sample: TinySample;
beforeAll(async () => {
  sample = await makeTinySample();
});
afterAll(() => sample.remove());

/** The words of a command as a shell reads them. */
const words = (command: string): string[] =>
  execFileSync("sh", ["-c", `for word in ${command}; do printf '%s\\0' "$word"; done`])
    .toString()
    .split("\0")
    .slice(0, -1);

const train = (out: string, ...more: string[]) =>
  runCli(["train", "--base", sample.model, "--task", sample.task, "--out", out, ...more]);

const nextIn = (text: string): string[] => {
  const command = /next: (.*)$/mu.exec(text)?.[1] ?? "";
  expect(command).toMatch(/^dylora /u);
  return words(command).slice(1);
};

test.skipIf(process.platform === "win32")(
  "the command that comes next can be typed as it is, in a folder with spaces too",
  async () => {
    const out = sample.out("it's my run");
    const trained = await train(out, "--steps", "3", "--rank", "2");
    const sweep = nextIn(trained.out);
    expect(sweep).toEqual(["sweep", out]);
    const swept = await runCli([...sweep, "--resamples", "20"]);
    const exporting = nextIn(swept.out);
    expect((await runCli(exporting)).code).toBe(0);
  },
);

test("one line is written, two lines are", async () => {
  const input = sample.out("in.jsonl");
  const adapter = sample.out("run");
  await train(adapter, "--steps", "2", "--rank", "1");
  for (const [count, said] of [
    [1, "1 line written to"],
    [2, "2 lines written to"],
  ] as const) {
    const output = sample.out(`out-${count}.jsonl`);
    await writeFile(input, '{"text": "good"}\n'.repeat(count));
    const { out } = await runCli(["predict", "--adapter", adapter, "--input", input, "--output", output]);
    expect(out).toContain(`${said} ${output}`);
  }
});
