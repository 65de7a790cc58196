import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EvaluateResult } from "@dylora/finetune";
import { parseSweepFile } from "@dylora/report";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import golden from "../fixtures/nlg-roads.json" with { type: "json" };
import { runCli } from "../fixtures/run-cli.ts";
import { writeScriptedModel } from "../fixtures/scripted-model.ts";

const { line, from: starts, references } = golden;
const texts = starts.map((start) => line.slice(start));
/** Characters of the shortest context. A prompt is that and one end token. */
const SHORTEST = 24;

/** A name that makes a context as long as its text needs it. */
const subject = (index: number, around: number): string =>
  "Sunny".padEnd(SHORTEST - around + (starts[index] as number), "abcdefghijklmnopqrstuvwxyz");

const xml = (all: readonly (readonly string[])[]): string => {
  const entries = all.map(
    (group, index) =>
      `<entry category="Food" eid="Id${index}" size="1"><modifiedtripleset><mtriple>${subject(index, 11)} | is | pub</mtriple></modifiedtripleset>` +
      `${group.map((text) => `<lex comment="good" lid="x">${text}</lex>`).join("\n")}</entry>`,
  );
  return `<benchmark><entries>${entries.join("\n")}</entries></benchmark>`;
};

const files = {
  e2e: {
    train: "trainset.csv",
    validation: "devset.csv",
    content: `mr,ref\n${references.flatMap((group, i) => group.map((text) => `name[${subject(i, 7)}],"${text}"`)).join("\n")}\n`,
  },
  webnlg: { train: "train.xml", validation: "dev.xml", content: xml(references) },
  dart: {
    train: "train.json",
    validation: "dev.json",
    content: JSON.stringify(
      references.map((group, index) => ({
        tripleset: [[subject(index, 11), "IS", "pub"]],
        subtree_was_extended: false,
        annotations: group.map((text) => ({ source: "x", text })),
      })),
    ),
  },
} as const;

let dir: string;
let model: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "dylora-roads-"));
  model = join(dir, "model");
  await writeScriptedModel(model, line, SHORTEST);
});
afterAll(() => rm(dir, { recursive: true }));

describe.each(["e2e", "webnlg", "dart"] as const)("the road of %s, from data to the number", (task) => {
  const { train, validation, content } = files[task];
  const expected: Readonly<Record<string, number>> = task === "e2e" ? golden.e2e : golden.paper;
  const paper = task === "e2e" ? [] : ["--lowercase", "--tokenize"];
  const at = (...path: string[]): string => join(dir, task, ...path);
  const run = () => at("run");
  const expectGolden = (metrics: Readonly<Record<string, number>>): void => {
    for (const [name, score] of Object.entries(expected)) expect(metrics[name], name).toBeCloseTo(score, 8);
  };

  beforeAll(async () => {
    await mkdir(at(), { recursive: true });
    await writeFile(at(train), content);
    await writeFile(at(validation), content);
    const usual = ["--base", model, "--task", task, "--data", at(), "--out", run(), "--rank", "2", "--batch-size", "4"];
    const { code, err } = await runCli(["train", ...usual, "--steps", "2", "--eval-every", "2"]);
    expect(err).not.toMatch(/^dylora:/m);
    expect(code).toBe(0);
  });

  test("generate, then evaluate", async () => {
    const output = at("out.jsonl");
    const made = await runCli(["generate", "--adapter", run(), "--input", at(validation), "--output", output]);
    expect(made.err).not.toMatch(/^dylora:/m);
    const lines = (await readFile(output, "utf8")).trimEnd().split("\n");
    expect(lines.map((one) => JSON.parse(one).text)).toEqual(texts);
    const args = ["evaluate", "--task", task, "--predictions", output, "--references", at(validation), "--json"];
    const scored = await runCli([...args, ...paper]);
    const { metrics } = scored.json<EvaluateResult & Record<string, unknown>>();
    expectGolden(Object.fromEntries(Object.entries(metrics).map(([name, { score }]) => [name, score])));
  });

  test("sweep", async () => {
    const swept = await runCli(["sweep", run(), "--resamples", "20", "--json"]);
    const [curve] = parseSweepFile(swept.out, "sweep").curves;
    for (const { metric, metrics } of curve?.points ?? []) expectGolden({ ...metrics, BLEU: metric as number });
    expect(curve?.points).toHaveLength(2);
  });

  test("--eval-every", async () => {
    const events = (await readFile(join(run(), "events.jsonl"), "utf8")).trimEnd().split("\n");
    const measured = events.map((event) => JSON.parse(event)).filter(({ type }) => type === "evaluation");
    expect(measured.length).toBeGreaterThan(0);
    for (const { metric } of measured) expect(metric).toBeCloseTo(expected["BLEU"] as number, 8);
  });
});
