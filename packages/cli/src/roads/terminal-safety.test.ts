import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeSafetensors } from "@dylora/io";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CliRun, runCli } from "../fixtures/run-cli.ts";
import { makeTinySample, type TinySample, tinyTask } from "../fixtures/tiny-sample.ts";
import { trainAndExport } from "../fixtures/train-and-export.ts";

/** Sets the title, clears the screen, hides what follows, goes back to the start of the line, turns the text around. */
const hostile = "\u001b]0;owned\u0007\u001b[2J\u001b[8m\u009b1A\r\u202e";

let sample: TinySample;
let exported: string;
beforeAll(async () => {
  sample = await makeTinySample();
  ({ exported } = await trainAndExport(sample, 2));
});
afterAll(() => sample.remove());

let count = 0;

/** A copy of the exported adapter with something changed. */
async function adapterWith(change: (dir: string) => Promise<void>): Promise<string> {
  const dir = join(sample.dir, `adapter-${count++}`);
  await cp(exported, dir, { recursive: true });
  await change(dir);
  return dir;
}

async function changeJson(path: string, change: (value: Record<string, unknown>) => object): Promise<void> {
  await writeFile(path, JSON.stringify(change(JSON.parse(await readFile(path, "utf8")))));
}

/** Nothing but what the command draws itself may steer the terminal. */
function expectSafe({ out, err }: CliRun): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what progress and tables draw begins with control characters.
  const foreign = (out + err).replaceAll(/\r\u001b\[K|\u001b\[(?:1|2|22|3[0-79]|9[0-7])m/g, "");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  expect(foreign).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
}

const predict = (adapter: string, ...more: string[]) => ["predict", "--adapter", adapter, "--input", "-", ...more];
const input = '{"text": "good abc"}\n';

describe.each([
  ["a terminal", true],
  ["pipes", false],
])("on %s", (_, terminal) => {
  const options = { input, terminal };

  test("a field, a name of a base and a tensor of a downloaded adapter", async () => {
    const config = (dir: string) => join(dir, "adapter_config.json");
    const adapters = [
      await adapterWith((dir) => changeJson(config(dir), (value) => ({ ...value, [hostile]: 1 }))),
      await adapterWith((dir) => changeJson(config(dir), (value) => ({ ...value, peft_type: hostile }))),
      await adapterWith((dir) => changeJson(config(dir), (value) => ({ ...value, base_model_name_or_path: hostile }))),
      await adapterWith((dir) => changeJson(config(dir), (value) => ({ ...value, rank_pattern: { [hostile]: 1 } }))),
      await adapterWith(async (dir) => {
        const tensors = new Map([
          [`base_model.model.${hostile}.lora_A.weight`, { shape: [1], data: new Float32Array(1) }],
        ]);
        await writeFile(join(dir, "adapter_model.safetensors"), encodeSafetensors(tensors));
      }),
    ];
    for (const adapter of adapters) {
      const result = await runCli(predict(adapter, "--output", join(sample.dir, "out.jsonl")), options);
      expect(result.err).toMatch(/owned/);
      expectSafe(result);
    }
  });

  test("a task, its columns and its files", async () => {
    const folder = join(sample.dir, `task-${count++}`);
    await mkdir(folder);
    const train = ["train", "--base", sample.model, "--steps", "1", "--task", join(folder, "task.json")];
    for (const task of [
      { ...tinyTask, name: hostile },
      { ...tinyTask, labelColumn: hostile },
      { ...tinyTask, kind: hostile },
      { ...tinyTask, splits: { train: `${hostile}.tsv`, validation: "dev.tsv" } },
    ]) {
      await writeFile(join(folder, "task.json"), JSON.stringify(task));
      await writeFile(join(folder, "train.tsv"), `text\tmood\ngood a\tup\n${hostile}\n`);
      const result = await runCli([...train, "--out", join(folder, "run")], options);
      expect(result.code).toBe(2);
      expectSafe(result);
    }
  });

  test("arguments and files named by them", async () => {
    const lines = join(sample.dir, `lines-${count++}.jsonl`);
    await writeFile(lines, `{"text": "a"}\n{"${JSON.stringify(hostile).slice(1, -1)}": \u001b}\n`);
    for (const args of [
      ["predict", "--adapter", hostile, "--input", "-", "--output", "-"],
      [hostile],
      ["train", `--${hostile}`],
      predict(exported, "--output", "-").map((arg) => (arg === "-" ? lines : arg)),
    ]) {
      expectSafe(await runCli(args, options));
    }
  });
});

test("class names in predictions are data in a pipe, and escapes on a terminal: the same JSON", async () => {
  const named = await adapterWith((dir) =>
    changeJson(join(dir, "dylora.json"), (value) => ({ ...value, labels: [hostile, `${hostile}2`] })),
  );
  const [piped, shown] = [
    await runCli(predict(named, "--output", "-"), { input }),
    await runCli(predict(named, "--output", "-"), { input, terminal: true }),
  ];
  expect(piped.code).toBe(0);
  expect(piped.json()["label"]).toContain(hostile);
  expect(shown.json()).toEqual(piped.json());
  expectSafe(shown);
});
