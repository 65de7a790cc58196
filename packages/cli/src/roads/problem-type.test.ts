import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { goldenFolder } from "@dylora/golden-suite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { outputRows } from "../fixtures/output-rows.ts";
import { runCli } from "../fixtures/run-cli.ts";

const golden = goldenFolder("roberta-tiny");
const input = '{"input_ids": [0, 5, 6, 7, 2]}\n{"input_ids": [0, 40, 41, 2]}\n';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "dylora-problem-"));
});
afterAll(() => rm(dir, { recursive: true }));

/** The golden base, whose trained head has three outputs, under a configuration that says what they mean. */
async function baseWith(name: string, changes: object): Promise<string> {
  const base = join(dir, name);
  await cp(join(golden, "base"), base, { recursive: true });
  const config = JSON.parse(await readFile(join(base, "config.json"), "utf8"));
  await writeFile(join(base, "config.json"), JSON.stringify({ ...config, ...changes }));
  return base;
}

interface Line {
  readonly logits: number[];
  readonly label?: unknown;
  readonly scores?: number[];
  readonly labels?: unknown[];
}

const predict = (...args: string[]) => outputRows<Line>("predict", input, ...args);

const names = { id2label: { 2: "anger", 0: "joy", 1: "fear" }, label2id: { joy: 0, fear: 1, anger: 2 } };
const multi = { problem_type: "multi_label_classification", ...names };

test("several labels: a sigmoid for each, and those above one half by name", async () => {
  const base = await baseWith("multi", multi);
  const [plain, lines] = [await predict("--base", join(golden, "base")), await predict("--base", base)];
  for (const [row, { logits, scores, labels, label }] of lines.entries()) {
    expect(label).toBeUndefined();
    expect(logits).toEqual(plain[row]?.logits);
    expect(scores).toEqual(logits.map((logit) => expect.closeTo(1 / (1 + Math.exp(-logit)), 12)));
    expect(labels).toEqual(["joy", "fear", "anger"].filter((_, id) => (logits[id] as number) > 0));
  }
  expect(new Set(lines.flatMap(({ labels = [] }) => labels)).size).toBeGreaterThan(0);
});

test.each(["multi_label_classification", "single_label_classification", "regression", null])(
  "a merged export keeps problem_type %s, and predicts as before",
  async (problemType) => {
    const name = String(problemType);
    const base = await baseWith(name, { ...names, problem_type: problemType });
    const [adapter, merged] = [join(golden, "adapter"), join(dir, `${name}-merged`)];
    const { code } = await runCli(["export", adapter, "--base", base, "--rank", "4", "--merge", "--out", merged]);
    expect(code).toBe(0);
    const config = JSON.parse(await readFile(join(merged, "config.json"), "utf8"));
    expect(config).toMatchObject({ problem_type: problemType ?? "single_label_classification", ...names });
    const [before, after] = [await predict("--base", base, "--adapter", adapter), await predict("--base", merged)];
    for (const [row, line] of after.entries()) {
      expect(line.logits).toEqual(before[row]?.logits.map((logit) => expect.closeTo(logit, 4)));
      expect(line.labels).toEqual(before[row]?.labels);
      expect(Object.keys(line)).toEqual(Object.keys(before[row] ?? {}));
    }
  },
);

test("a regression of several outputs gives the numbers", async () => {
  const lines = await predict("--base", await baseWith("numbers", { problem_type: "regression" }));
  for (const { logits, label } of lines) expect(label).toEqual(logits);
});

test.each([
  [{ problem_type: "ranking" }, /problem_type is "ranking"/],
  [{ id2label: { 1: "a", 2: "b", 3: "c" } }, /id2label has the key "3"/],
  [{ ...multi, label2id: { joy: 2 } }, /gives "joy" the id 0 and label2id gives it 2/],
])("%o is refused", async (changes, message) => {
  const base = await baseWith("refused", changes);
  const { code, err } = await runCli(["predict", "--base", base, "--input", "-", "--output", "-"], { input });
  expect(err).toMatch(message);
  expect(code).toBe(2);
});
