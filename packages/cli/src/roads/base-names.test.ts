import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { expectRefused } from "../fixtures/expect-refused.ts";
import { outputRows } from "../fixtures/output-rows.ts";
import { runCli } from "../fixtures/run-cli.ts";
import { makeTinySample, type TinySample } from "../fixtures/tiny-sample.ts";

let sample: TinySample;
beforeAll(async () => {
  sample = await makeTinySample();
});
afterAll(() => sample.remove());
afterEach(() => vi.unstubAllEnvs());

const input = ['{"text": "good abc"}', '{"text": "worst a"}', '{"input_ids": [0, 10, 11, 2]}'].join("\n");

interface Line {
  readonly logits: number[];
  readonly label: string | number;
}

const predict = (...args: string[]) => outputRows<Line>("predict", input, ...args);

const repoFolder = (name: string) => `models--${name.replace("/", "--")}`;

const MODEL_FILES = ["config.json", "model.safetensors", "vocab.json", "merges.txt"];

/** A cache as Python's huggingface_hub leaves it: files are links to blobs. */
async function cached(name: string, from = sample.model, files = MODEL_FILES): Promise<string> {
  const home = join(sample.dir, "hf");
  const commit = "0123456789abcdef0123456789abcdef01234567";
  const repo = join(home, "hub", repoFolder(name));
  const snapshot = join(repo, "snapshots", commit);
  for (const dir of [snapshot, join(repo, "refs"), join(repo, "blobs")]) await mkdir(dir, { recursive: true });
  await writeFile(join(repo, "refs", "main"), commit);
  for (const file of files) {
    const content = await readFile(join(from, file));
    const blob = createHash("sha256").update(content).digest("hex");
    await writeFile(join(repo, "blobs", blob), content);
    await symlink(join("..", "..", "blobs", blob), join(snapshot, file));
  }
  return home;
}

test("an adapter by its name on the hub, from the cache, its base model likewise", async () => {
  vi.stubEnv("HF_HOME", await cached("owner/base"));
  vi.stubEnv("HF_HUB_OFFLINE", "1");
  const [run, peft] = [sample.out("run-of-owner"), sample.out("peft-of-owner")];
  const settings = ["--steps", "2", "--rank", "2", "--out", run];
  expect((await runCli(["train", "--base", "owner/base", "--task", sample.task, ...settings])).code).toBe(0);
  expect((await runCli(["export", run, "--rank", "2", "--out", peft])).code).toBe(0);
  await cached("owner/my-lora", peft, await readdir(peft));
  const expected = await predict("--adapter", peft);
  expect(await predict("--adapter", "owner/my-lora")).toEqual(expected);
  const again = sample.out("again-of-owner");
  expect((await runCli(["export", "owner/my-lora", "--rank", "2", "--out", again])).code).toBe(0);
  expect(await predict("--adapter", again)).toEqual(expected);
});

test.each([
  ["owner/other", /^dylora: owner\/other: there is no such folder here, and .*not in the cache.*; give a run folder/],
  ["mine", /^dylora: mine: there is no such folder here; give a run folder, a PEFT folder, or a name on the hub/],
  ["packages/mine", /^dylora: packages\/mine: there is no such folder here; give/],
  ["./owner/mine", /^dylora: \.\/owner\/mine: there is no such folder here; give/],
])("an adapter that is nowhere: %s", async (name, message) => {
  vi.stubEnv("HF_HOME", join(sample.dir, "empty"));
  vi.stubEnv("HF_HUB_OFFLINE", "1");
  expectRefused(await runCli(["predict", "--adapter", name, "--input", "-", "--output", "-"], { input }), message);
});

describe("base models by the names that people give", () => {
  test("the cache is used, and said to be, where the hub cannot be reached", async () => {
    vi.stubEnv("HF_HOME", await cached("owner/roberta"));
    vi.stubEnv("HF_ENDPOINT", "http://127.0.0.1:2");
    const run = sample.out("run-unreachable");
    const settings = ["--steps", "1", "--rank", "2", "--out", run];
    const { code, err } = await runCli(["train", "--base", "owner/roberta", "--task", sample.task, ...settings]);
    expect(err).toMatch(
      /owner\/roberta: the hub was not asked \(.*cannot be reached.*\); commit 0123456 of the cache is used/,
    );
    expect(code).toBe(0);
  });

  test.each(["roberta-base", "FacebookAI/roberta-base"])("%s from Python's cache, offline", async (name) => {
    const home = await cached(name);
    vi.stubEnv("HF_HOME", home);
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    const [run, peft] = [sample.out(`run-${name}`), sample.out(`peft-${name}`)];
    const settings = ["--steps", "2", "--rank", "2", "--out", run];
    expect((await runCli(["train", "--base", name, "--task", sample.task, ...settings])).code).toBe(0);
    expect((await runCli(["export", run, "--rank", "2", "--out", peft])).err).not.toMatch(/dylora:/);
    const config = JSON.parse(await readFile(join(peft, "adapter_config.json"), "utf8"));
    expect(config.base_model_name_or_path).toBe(name);
    const expected = await predict("--adapter", peft, "--base", sample.model);
    expect(await predict("--adapter", peft)).toEqual(expected);
    expect(await predict("--adapter", run)).toEqual(expected);

    const pinned = { ...config, revision: "v2" };
    await writeFile(join(peft, "adapter_config.json"), JSON.stringify(pinned));
    expectRefused(
      await runCli(["predict", "--adapter", peft, "--input", "-", "--output", "-"], { input }),
      /roberta-base" \(v2\) is not in the cache/,
    );
    await cp(join(home, "hub", repoFolder(name), "refs", "main"), join(home, "hub", repoFolder(name), "refs", "v2"));
    expect(await predict("--adapter", peft)).toEqual(expected);
    const again = sample.out(`again-${name}`);
    expect((await runCli(["export", peft, "--rank", "1", "--out", again])).code).toBe(0);
    expect(JSON.parse(await readFile(join(again, "adapter_config.json"), "utf8"))).toMatchObject({ revision: "v2" });

    vi.stubEnv("HF_HOME", join(sample.dir, "empty"));
    const message =
      /names "\S*roberta-base" as its base model: there is no such folder here, and .*not in the cache.*; give --base/;
    expectRefused(await runCli(["predict", "--adapter", peft, "--input", "-", "--output", "-"], { input }), message);
    await writeFile(
      join(peft, "adapter_config.json"),
      JSON.stringify({ ...config, base_model_name_or_path: "/home/someone/checkpoints" }),
    );
    expectRefused(
      await runCli(["predict", "--adapter", peft, "--input", "-", "--output", "-"], { input }),
      /names "\/home\/someone\/checkpoints" as its base model: there is no such folder here; give --base with its folder/,
    );
  });
});

describe("a base's trained head and the task's classes", () => {
  const task = {
    name: "colours",
    kind: "classification",
    textColumns: ["text"],
    labelColumn: "label",
    metrics: ["accuracy"],
    splits: { train: "rows.tsv", validation: "rows.tsv" },
  };

  /** The sample's base, whose trained head has three outputs, with names for them. */
  async function baseWith(name: string, changes: object): Promise<string> {
    const base = join(sample.dir, name);
    await cp(sample.model, base, { recursive: true });
    const config = JSON.parse(await readFile(join(base, "config.json"), "utf8"));
    await writeFile(join(base, "config.json"), JSON.stringify({ ...config, ...changes }));
    return base;
  }

  async function taskWith(name: string, labels: readonly string[]): Promise<string> {
    const dir = join(sample.dir, name);
    await mkdir(dir);
    await writeFile(join(dir, "task.json"), JSON.stringify({ ...task, labels }));
    await writeFile(join(dir, "rows.tsv"), `text\tlabel\n${labels.map((label) => `a b c\t${label}\n`).join("")}`);
    return join(dir, "task.json");
  }

  /** Trains so little that the head stays as it starts. */
  async function trained(name: string, base: string, labels: readonly string[]): Promise<{ run: string; err: string }> {
    const run = sample.out(name);
    const settings = ["--steps", "1", "--lr", "1e-9", "--rank", "2", "--out", run];
    const { code, err } = await runCli(["train", "--base", base, "--task", await taskWith(name, labels), ...settings]);
    expect(code).toBe(0);
    return { run, err };
  }

  const names = { id2label: { 0: "RED", 1: "GREEN", 2: "BLUE" }, label2id: { RED: 0, GREEN: 1, BLUE: 2 } };

  test("are matched by name, as run_glue of transformers matches them", async () => {
    const base = await baseWith("named", names);
    const labels = ["green", "blue", "red"];
    const { run, err } = await trained("ordered", base, labels);
    expect(err).toMatch(/another order \(RED, GREEN, BLUE\): they are matched by name, to green, blue, red/);
    const before = await predict("--base", base);
    const after = await predict("--adapter", run);
    const merged = sample.out("ordered-merged");
    expect((await runCli(["export", run, "--rank", "2", "--merge", "--out", merged])).code).toBe(0);
    for (const lines of [after, await predict("--base", merged)]) {
      for (const [row, { logits, label }] of lines.entries()) {
        expect(label).toBe(String(before[row]?.label).toLowerCase());
        const [red, green, blue] = before[row]?.logits ?? [];
        expect(logits).toEqual([green, blue, red].map((logit) => expect.closeTo(logit as number, 4)));
      }
    }
    const config = JSON.parse(await readFile(join(merged, "config.json"), "utf8"));
    expect(config).toMatchObject({ id2label: { 0: "green", 1: "blue", 2: "red" }, label2id: { green: 0, red: 2 } });
    // PEFT's files hold no names: Python would call the outputs as the base does.
    const adapter = sample.out("ordered-adapter");
    const exported = await runCli(["export", run, "--rank", "2", "--out", adapter]);
    expect(exported.err).toMatch(
      /names its classes "RED", "GREEN", "BLUE", the adapter "green", "blue", "red": in Python give the base/,
    );
    expect(await readFile(join(adapter, "README.md"), "utf8")).toContain('enumerate(["green", "blue", "red"])');
    const resumed = await runCli(["train", "--resume", "--out", run]);
    expect(resumed.err).not.toMatch(/head/);
  });

  test("of other names are not mixed up: a new head is made, and said", async () => {
    const base = await baseWith("others", names);
    const { err } = await trained("mixed", base, ["cat", "dog", "eel"]);
    expect(err).toMatch(
      /trained for other classes \(RED, GREEN, BLUE\) than the task's \(cat, dog, eel\): a new one is made/,
    );
  });

  test("without names are taken by place, and said", async () => {
    const { run, err } = await trained("placed", sample.model, ["cat", "dog", "eel"]);
    expect(err).toMatch(/taken by place \(LABEL_0 as cat, LABEL_1 as dog, LABEL_2 as eel\)/);
    const before = await predict("--base", sample.model);
    for (const [row, { logits }] of (await predict("--adapter", run)).entries()) {
      expect(logits).toEqual(before[row]?.logits.map((logit) => expect.closeTo(logit, 4)));
    }
  });
});
