import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { goldenFolder } from "@dylora/golden-suite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../fixtures/run-cli.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "dylora-rows-"));
});
afterAll(() => rm(dir, { recursive: true }));

const text = (path: string): Promise<string> => readFile(path, "utf8");
const gpt2 = join(goldenFolder("gpt2-tiny"), "base");
const roberta = join(goldenFolder("roberta-tiny"), "base");

/** Prompts of many lengths, some of them equal, which sampling must tell apart. */
const prompts = Array.from({ length: 23 }, (_, row) =>
  JSON.stringify({
    input_ids: Array.from({ length: 1 + ((row * 5) % 11) }, (_, at) => 1 + (((row % 7) + at * 3) % 90)),
  }),
).join("\n");

/** A signal that is aborted when it has been looked at so many times. */
function abortAfter(looks: number): AbortSignal {
  const controller = new AbortController();
  const { signal } = controller;
  let seen = 0;
  signal.throwIfAborted = () => {
    if (++seen > looks) controller.abort();
    AbortSignal.prototype.throwIfAborted.call(signal);
  };
  return signal;
}

interface Road {
  readonly name: string;
  readonly args: readonly string[];
  /** Looks at the signal for a whole run, about. */
  readonly looks: number;
}

const generation = ["generate", "--base", gpt2, "--max-new-tokens", "6", "--batch-size", "3"];
const roads: readonly Road[] = [
  { name: "generate, greedy", args: generation, looks: 48 },
  {
    name: "generate, sampled, several for each prompt",
    args: [...generation, "--do-sample", "--temperature", "2", "--seed", "5", "--num-return-sequences", "2"],
    looks: 48,
  },
  {
    name: "generate, beams, several for each prompt",
    args: [...generation, "--num-beams", "3", "--num-return-sequences", "2"],
    looks: 48,
  },
  { name: "predict", args: ["predict", "--base", roberta, "--batch-size", "3"], looks: 8 },
];

describe.each(roads)("$name", ({ args, looks }) => {
  let whole: string;
  let folder: string;
  const run = (output: string, more: readonly string[] = [], signal?: AbortSignal) =>
    runCli([...args, "--input", join(dir, "in.jsonl"), "--output", output, ...more], signal ? { signal } : {});
  beforeAll(async () => {
    await writeFile(join(dir, "in.jsonl"), `${prompts}\n`);
    folder = await mkdtemp(join(dir, "road-"));
    const { code, err } = await run(join(folder, "whole.jsonl"));
    expect(err).not.toContain("dylora:");
    expect(code).toBe(0);
    whole = await text(join(folder, "whole.jsonl"));
    expect(await readdir(folder)).toEqual(["whole.jsonl"]);
  });

  test("interrupted anywhere and cut anywhere, --resume makes the same file, and the old one lies there until then", async () => {
    for (const [share, cut] of [
      [0.2, 7],
      [0.5, 0],
      [0.7, 60],
      [0.95, 1],
    ] as const) {
      const output = join(folder, "out.jsonl");
      await writeFile(output, "old\n");
      const stopped = await run(output, [], abortAfter(Math.floor(looks * share)));
      expect(stopped.code).toBe(130);
      expect(stopped.err).toMatch(/interrupted; \d+ of 23 rows are kept in .*out\.jsonl\.partial; .*--resume/);
      expect(await text(output)).toBe("old\n");
      const { size } = await lstat(`${output}.partial`);
      await truncate(`${output}.partial`, size - cut);
      const again = await run(output, ["--resume"]);
      expect([again.code, again.err]).toEqual([0, expect.stringMatching(/\d+ of 23 rows are there from before/)]);
      expect(await text(output)).toBe(whole);
      expect((await readdir(folder)).sort()).toEqual(["out.jsonl", "whole.jsonl"]);
    }
  });

  test("what is kept is neither overwritten nor mixed with other settings, models or inputs", async () => {
    const output = join(folder, "kept.jsonl");
    const partial = `${output}.partial`;
    await run(output, [], abortAfter(Math.floor(looks / 2)));
    const kept = await text(partial);
    const refused = async (reason: RegExp, ...more: string[]) => {
      const { code, err } = await run(output, more);
      expect([code, err]).toEqual([2, expect.stringMatching(reason)]);
      expect(await text(partial)).toBe(kept);
    };
    await refused(/holds \d+ of 23 rows .*--resume goes on from them, or remove/);
    await writeFile(join(dir, "other.jsonl"), prompts.replace('"input_ids":[1', '"input_ids":[2'));
    await refused(/from another input/, "--resume", "--input", join(dir, "other.jsonl"));
    if (args[0] === "generate") {
      await refused(/with --repetition-penalty 1, not 1.5/, "--resume", "--repetition-penalty", "1.5");
      await refused(/with --max-new-tokens 6, not 7/, "--resume", "--max-new-tokens", "7");
    }
    const other = await run(output, ["--resume", "--batch-size", "4"]);
    expect(other.code).toBe(0);
    expect(other.err).toContain("made with --batch-size 3; with 4 the last digits");
    await rm(output);
  });

  test("complete rows that were not put in place yet need no model", async () => {
    const output = join(folder, "late.jsonl");
    await mkdir(output);
    const blocked = await run(output);
    expect([blocked.code, blocked.err]).toEqual([2, expect.stringContaining("it is a folder, not a file")]);
    await rm(output, { recursive: true });
    await run(output, [], abortAfter(looks * 0.95));
    await run(output, ["--resume"], abortAfter(1e9));
    expect(await text(output)).toBe(whole);
    const again = await run(output, ["--resume"]);
    expect(again.err).toMatch(/there is no .*late\.jsonl\.partial to go on from; every row is made/);
    expect(await text(output)).toBe(whole);
    await rm(output);
  });

  test("standard output gets the same rows, also by its other names", async () => {
    expect((await run("-")).out).toBe(whole);
    if (process.platform === "win32") return;
    expect((await run("/dev/stdout")).out).toBe(whole);
    for (const wrong of ["--resume", "--json"]) {
      const { code, err } = await run("/dev/stdout", [wrong]);
      expect([code, err]).toEqual([
        2,
        expect.stringMatching(/^dylora: (--resume needs|--json and --output - both write)/),
      ]);
    }
  });

  test.skipIf(process.platform === "win32")("links, devices and pipes are written through", async () => {
    await symlink("target.jsonl", join(folder, "link.jsonl"));
    expect((await run(join(folder, "link.jsonl"))).code).toBe(0);
    expect(await text(join(folder, "target.jsonl"))).toBe(whole);
    expect((await lstat(join(folder, "link.jsonl"))).isSymbolicLink()).toBe(true);

    expect((await run("/dev/null")).code).toBe(0);
    expect((await lstat("/dev/null")).isCharacterDevice()).toBe(true);

    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const received = textOf(spawn("cat", [pipe]).stdout);
    expect((await run(pipe)).code).toBe(0);
    expect(await received).toBe(whole);
    // A reader that has enough is no failure; one that never comes can be waited for no longer.
    spawn("head", ["-c", "1", pipe]);
    expect((await run(pipe)).code).toBe(0);
    const alone = await run(pipe, [], abortAfter(looks + 12));
    expect(alone.code).toBe(130);
    for (const name of ["target.jsonl", "link.jsonl", "pipe"]) await rm(join(folder, name));
    expect(existsSync(join(folder, "pipe.partial"))).toBe(false);
  });

  test("the input itself is no output, under another name neither", async () => {
    await symlink(join(dir, "in.jsonl"), join(folder, "link.jsonl"));
    for (const output of [join(dir, "in.jsonl"), join(folder, "link.jsonl")]) {
      const { code, err } = await run(output);
      expect([code, err]).toEqual([2, expect.stringMatching(/is the input itself/)]);
    }
    expect(await text(join(dir, "in.jsonl"))).toBe(`${prompts}\n`);
    await rm(join(folder, "link.jsonl"));
  });

  test("a file of somebody else where rows would be kept is left alone", async () => {
    const output = join(folder, "mine.jsonl");
    await writeFile(`${output}.partial`, "half a download\n");
    for (const more of [[], ["--resume"]]) {
      const { code, err } = await run(output, more);
      expect([code, err]).toEqual([2, expect.stringMatching(/mine\.jsonl\.partial is in the way/)]);
    }
    expect(await text(`${output}.partial`)).toBe("half a download\n");
    await rm(`${output}.partial`);
  });
});
