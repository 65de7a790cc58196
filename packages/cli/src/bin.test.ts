import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readEventLog } from "@dylora/finetune";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeTinySample, type TinySample } from "./fixtures/tiny-sample.ts";
import { ownVersion } from "./version.ts";

const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url));

interface Exit {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the built program in a process of its own. `whenever` may signal it. */
function run(
  args: readonly string[],
  input = "",
  whenever?: (kill: (signal: NodeJS.Signals) => void) => void,
): Promise<Exit> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...args]);
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      err += chunk;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
    child.stdin.end(input);
    whenever?.((signal) => child.kill(signal));
  });
}

// The program is what the build makes; `npm test` builds before it tests.
describe.skipIf(!existsSync(bin))("the built program (skipped where it is not built)", () => {
  let sample: TinySample;
  beforeAll(async () => {
    sample = await makeTinySample();
  });
  afterAll(() => sample.remove());

  const trainArgs = (out: string, steps: number) => [
    ...["train", "--base", sample.model, "--task", sample.task, "--out", out, "--backend", "wasm"],
    ...["--steps", String(steps), "--rank", "2", "--batch-size", "8"],
  ];

  test("version", async () => {
    expect(await run(["--version"])).toEqual({ code: 0, out: `${ownVersion}\n`, err: "" });
  });

  test("bad input: one line, exit code 2", async () => {
    const { code, out, err } = await run(trainArgs(sample.out("bad"), 0));
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err).toBe("dylora: --steps is 0; it must be a whole number of at least 1\n");
  });

  test("train, sweep, export, and predict through pipes", async () => {
    const out = sample.out("piped");
    expect((await run(trainArgs(out, 3))).code).toBe(0);
    const swept = await run(["sweep", out, "--json", "--resamples", "10"]);
    expect(JSON.parse(swept.out).curves).toHaveLength(1);
    const exported = join(out, "export", "rank-1");
    expect((await run(["export", out, "--rank", "1", "--out", exported])).code).toBe(0);
    const input = '{"text": "good abc"}\n{"input_ids": [0, 5, 2]}\n';
    const { code, out: lines } = await run(["predict", "--adapter", exported, "--input", "-", "--output", "-"], input);
    expect(code).toBe(0);
    expect(lines.trimEnd().split("\n")).toHaveLength(2);
  });

  // Windows ends a process that is sent SIGINT from outside at once.
  test.skipIf(process.platform === "win32")("Ctrl-C saves, says how to go on, and that works", async () => {
    const out = sample.out("interrupted");
    const taken = () => readEventLog(join(out, "events.jsonl")).steps.length;
    const stopped = await run(trainArgs(out, 400), "", (kill) => {
      const watch = setInterval(() => {
        if (taken() < 3) return;
        clearInterval(watch);
        kill("SIGINT");
      }, 5);
    });
    expect(stopped.code).toBe(130);
    expect(stopped.err).toMatch(/Resume with: node \S*dist\/bin\.js train --resume --out /);
    expect(stopped.err).toContain(`train --resume --out ${out}\n`);
    expect(stopped.err).not.toMatch(/^\s+at /m);
    expect(taken()).toBeLessThan(400);
    const resumed = await run(["train", "--resume", "--out", out, "--json"]);
    expect(resumed.code).toBe(0);
    expect(JSON.parse(resumed.out)).toMatchObject({ step: 400, reason: "done" });
  });

  describe.skipIf(process.platform === "win32")("stopped in an evaluation", () => {
    // The first evaluation, of every rank, lasts long enough to be stopped in.
    const watched = (out: string): string[] => [
      ...trainArgs(out, 4),
      "--eval-every",
      "2",
      "--rank",
      "32",
      "--eval-ranks",
      "1-32",
    ];
    const evaluated = (out: string): number => readEventLog(join(out, "events.jsonl")).evaluations.length;

    test.each([
      ["SIGTERM", 143],
      ["SIGHUP", 129],
    ] as const)(
      "by %s: saved, exit code %i, and the resumed run is that of one that nobody stopped",
      async (signal, code) => {
        const [whole, out] = [sample.out(`whole-${signal}`), sample.out(`stopped-${signal}`)];
        expect((await run(watched(whole))).code).toBe(0);
        const stopped = await run(watched(out), "", (kill) => {
          const watch = setInterval(() => {
            if (evaluated(out) < 2) return;
            clearInterval(watch);
            kill(signal);
          }, 2);
        });
        expect(stopped.code).toBe(code);
        expect(stopped.err).toMatch(/interrupted after 2 of 4 steps; saved\. Resume with: node \S+ train --resume/);
        expect((await run(["train", "--resume", "--out", out])).code).toBe(0);
        const newest = (dir: string) => readFileSync(join(dir, "checkpoint", "checkpoints.json"), "utf8");
        const [found, wanted] = [out, whole].map((dir) => {
          const { steps, evaluations } = readEventLog(join(dir, "events.jsonl"));
          return [steps.map(({ loss }) => loss), evaluations.map(({ step, rank, metric }) => [step, rank, metric])];
        });
        expect(found).toEqual(wanted);
        expect(JSON.parse(newest(out)).checkpoints[0]).toEqual(JSON.parse(newest(whole)).checkpoints[0]);
      },
    );

    test("a reader of progress that goes away does not end the run", async () => {
      const out = sample.out("piped-away");
      const child = spawn(process.execPath, [bin, ...trainArgs(out, 40)]);
      child.stdout.destroy();
      child.stderr.once("data", () => child.stderr.destroy());
      const code = await new Promise((resolve) => child.on("close", resolve));
      expect(code).toBe(0);
      expect(readEventLog(join(out, "events.jsonl"))).toMatchObject({ reason: "done" });
    });
  });
});
