import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectRefused } from "../fixtures/expect-refused.ts";
import { type CliRun, runCli } from "../fixtures/run-cli.ts";
import { makeTinySample, type TinySample } from "../fixtures/tiny-sample.ts";

let sample: TinySample;
beforeAll(async () => {
  sample = await makeTinySample();
});
afterAll(() => sample.remove());

let count = 0;
async function folder(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = join(sample.dir, `table-${count++}`);
  await mkdir(dir);
  for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content);
  return dir;
}

function train(...args: string[]): Promise<CliRun> {
  const out = sample.out(`table-run-${count++}`);
  return runCli(["train", "--base", sample.model, "--steps", "2", "--rank", "2", "--out", out, ...args]);
}

const QUEUES = ["billing", "login", "other"];
/** Tickets as a help desk exports them. */
const tickets = (rows: number, more = "") =>
  `id,body,queue\n${Array.from({ length: rows }, (_, i) => `${i},"they wrote, ${"abcdefghij".slice(0, 1 + (i % 9))}",${QUEUES[i % 3]}\n`).join("")}${more}`;

test("a table whose columns nobody named: the task.json that would describe it, which then trains", async () => {
  const dir = await folder({ "tickets.csv": tickets(30) });
  const { code, out, err } = await train("--task", join(dir, "tickets.csv"));
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toMatch(/^dylora: --task .*tickets\.csv is a table, and nobody has named its columns/m);
  expect(err).toContain('--text "body" --label "queue"');
  expect(err).not.toMatch(/^\s+at /m);
  const json = /^\{[\s\S]*^\}$/m.exec(err)?.[0] ?? "";
  expect(JSON.parse(json)).toEqual({
    name: "tickets",
    kind: "classification",
    textColumns: ["body"],
    labelColumn: "queue",
    labels: QUEUES,
    metrics: ["accuracy", "f1_macro"],
    splits: { train: "tickets.csv" },
  });
  // It is saved as it stands, and names no rows to measure on.
  await writeFile(join(dir, "task.json"), json);
  const trained = await train("--task", join(dir, "task.json"), "--val-size", "0.2", "--json");
  expect(trained).toMatchObject({ code: 0 });
  expect(trained.err).toMatch(/task\.json: 24 rows to learn from, 6 set apart to measure on/);
  const swept = await runCli(["sweep", trained.json<{ run: string }>().run, "--resamples", "20", "--json"]);
  expect(swept).toMatchObject({ code: 0 });
  expect(JSON.stringify(swept.json())).toContain('"examples":6');
});

test("columns that are named: trained at once, and the same as a task.json is said", async () => {
  const dir = await folder({ "tickets.csv": tickets(30) });
  const { code, err } = await train("--task", join(dir, "tickets.csv"), "--text", "body", "--label", "queue");
  expect(code).toBe(0);
  const line = /^the same as a task\.json: (.*)$/m.exec(err)?.[1] ?? "";
  expect(JSON.parse(line)).toMatchObject({ labels: QUEUES, splits: { train: "tickets.csv" } });
});

test("labels that differ in case and spaces, classes of one row, texts that are none: said, never mended in silence", async () => {
  const odd = '90,hello," login "\n91,good day,Billing\n92,NULL,other\n93,"  ",other\n';
  const dir = await folder({ "tickets.csv": tickets(30, odd) });
  const refused = await train("--task", join(dir, "tickets.csv"));
  const named = await train("--task", join(dir, "tickets.csv"), "--text", "body", "--label", "queue");
  expect(named.code).toBe(0);
  for (const { err } of [refused, named]) {
    expect(err).toMatch(
      /written almost alike are classes of their own: " login " and "login"; "Billing" and "billing"/,
    );
    expect(err).toMatch(/1 row has an empty text/);
    expect(err).toMatch(/1 row has a text that often stands for none, such as "NULL"/);
  }
  expect(refused.err).toMatch(/2 classes have a single row: " login ", "Billing"/);
  expect(named.err).toMatch(/train: a single example of " login ", "Billing"/);
});

test("a table without texts or labels, and options that do not fit", async () => {
  const dir = await folder({ "numbers.csv": "a,b\n1,2\n3,4\n", "tickets.csv": tickets(30) });
  expectRefused(
    await train("--task", join(dir, "numbers.csv")),
    /is a table, and nobody has named its columns: give those of its texts and labels as --text and --label; it has "a", "b"/,
  );
  expectRefused(
    await train("--task", sample.task, "--val-size", "0.1"),
    /--validation sets rows apart to measure on, and .*task\.json names a split for that: validation; leave the option out/,
  );
  const task = { textColumns: ["body"], labelColumn: "queue", labels: QUEUES, metrics: ["accuracy"], name: "t" };
  const json = JSON.stringify({ ...task, kind: "classification", splits: { train: "tickets.csv" } });
  await writeFile(join(dir, "task.json"), json);
  expectRefused(
    await train("--task", join(dir, "task.json"), "--validation", "dev.csv"),
    /dev\.csv is a path; .*task\.json names the file to measure on by "splits"/,
  );
});

test("ratings with fractions are a regression", async () => {
  const rows = Array.from(
    { length: 20 },
    (_, i) => `"a text, ${"abcdef".slice(0, 1 + (i % 5))}",${(i % 7) / 2}\n`,
  ).join("");
  const dir = await folder({ "stars.csv": `review,stars\n${rows}` });
  const { err } = await train("--task", join(dir, "stars.csv"));
  expect(JSON.parse(/^\{[\s\S]*^\}$/m.exec(err)?.[0] ?? "")).toMatchObject({
    kind: "regression",
    labels: [],
    metrics: ["pearson", "spearmanr"],
  });
});
