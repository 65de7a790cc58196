import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { expectRefused } from "../fixtures/expect-refused.ts";
import { type CliRun, runCli } from "../fixtures/run-cli.ts";
import { makeTinySample, type TinySample, tinyTask } from "../fixtures/tiny-sample.ts";

let sample: TinySample;
const home = process.cwd();
beforeAll(async () => {
  sample = await makeTinySample();
});
afterEach(() => process.chdir(home));
afterAll(() => sample.remove());

let count = 0;
async function folder(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = join(sample.dir, `files-${count++}`);
  await mkdir(dir);
  for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content);
  return dir;
}
const sst2 = (rows: number, from = 0) =>
  `sentence\tlabel\n${Array.from({ length: rows }, (_, i) => `text ${from + i}\t${i % 2}\n`).join("")}`;

function train(...args: string[]): Promise<CliRun> {
  const out = sample.out(`run-${count++}`);
  return runCli(["train", "--base", sample.model, "--steps", "1", "--rank", "2", "--out", out, ...args]);
}
const ownTask = (files: Readonly<Record<string, string>>, change: object = {}) =>
  folder({ ...files, "task.json": JSON.stringify({ ...tinyTask, ...change }) }).then((dir) => join(dir, "task.json"));

test("a file as --data would be every split: it is refused, and its folder is named", async () => {
  const dir = await folder({ "train.tsv": sst2(8), "dev.tsv": sst2(4, 8) });
  expectRefused(
    await train("--task", "sst2", "--data", join(dir, "train.tsv")),
    /--data .*train\.tsv is a file; it must be the folder that holds the splits of "sst2": --data .*files-\d+$/m,
  );
  expectRefused(
    await train("--task", sample.task, "--data", join(dir, "train.tsv")),
    /is a file; it must be the folder/,
  );
  expectRefused(await train("--task", "sst2", "--data", join(dir, "none")), /there is no such folder/);
  expect(await train("--task", "sst2", "--data", dir)).toMatchObject({ code: 0 });
});

test("a task name that is a folder or a file too is the task; --data of the same name is the folder", async () => {
  const dir = await folder({ "train.tsv": sst2(8), "dev.tsv": sst2(4, 8), mrpc: "not a task" });
  const place = join(sample.dir, `cwd-${count++}`);
  await mkdir(place);
  await cp(dir, join(place, "sst2"), { recursive: true });
  await writeFile(join(place, "SST-2"), "{}");
  process.chdir(place);
  const out = sample.out("named");
  const args = ["train", "--base", sample.model, "--steps", "1", "--rank", "2", "--out", out];
  expect(await runCli([...args, "--task", "sst2", "--data", "sst2"])).toMatchObject({ code: 0 });
  process.chdir(home);
  expect((await runCli(["sweep", out, "--resamples", "20", "--json"])).code).toBe(0);
  process.chdir(place);
  const resumed = await runCli(["train", "--resume", "--out", out, "--task", "sst2", "--data", "sst2"]);
  expect(resumed).toMatchObject({ code: 0 });
  expect(await train("--task", "SST-2", "--data", "sst2")).toMatchObject({ code: 0 });
});

test("what else may be meant by --task is named", async () => {
  process.chdir(sample.dir);
  expectRefused(await train("--task", "data"), /"data" is no GLUE task.*e2e, dart, webnlg.*--task data\/task\.json/);
  expectRefused(await train("--task", "./data"), /is a folder; name the file in it: .*data\/task\.json/);
  expect(await train("--task", "data/task.json")).toMatchObject({ code: 0 });
  expectRefused(await train("--task", "sst2", "--lang", "en"), /--lang goes with webnlg/);
});

test("the same file for training and measuring is said", async () => {
  const mood = "text\tmood\ngood a\tup\nbad b\tdown\n";
  const one = await ownTask({ "train.tsv": mood }, { splits: { train: "train.tsv", validation: "train.tsv" } });
  expect((await train("--task", one)).err).toMatch(
    /the train and validation splits are the same .*what is measured is/,
  );
  const copied = await ownTask({ "train.tsv": mood, "dev.tsv": mood });
  expect((await train("--task", copied)).err).toContain("the train and validation splits are the same");
  expect((await train("--task", sample.task)).err).not.toContain("are the same");
});

test("examples to measure on that are in train too are counted", async () => {
  const files = {
    "train.tsv": "text\tmood\ngood a\tup\nbad b\tdown\n",
    "dev.tsv": "text\tmood\ngood a\tdown\nnew\tup\n",
  };
  const task = await ownTask(files);
  const { code, err } = await train("--task", task);
  expect(code).toBe(0);
  expect(err).toContain("mood, validation: 1 of 2 examples have a text of train");
});

test("F1 of more than two classes is refused, not made that of one of them; a field that does nothing is said", async () => {
  const rows = "text\tmood\na\tup\nb\tdown\nc\tso\n";
  const files = { "train.tsv": rows, "dev.tsv": "text\tmood\nd\tup\n" };
  const three = { labels: ["down", "up", "so"], metrics: ["accuracy", "f1"] };
  expectRefused(
    await train("--task", await ownTask(files, three)),
    /has 3 classes: f1 scores the second of two.*use f1_macro/,
  );
  const task = await ownTask(files, { ...three, metrics: ["f1_macro"], labelEncodng: "name" });
  const { code, err } = await train("--task", task);
  expect(code).toBe(0);
  expect(err).toMatch(/task\.json: ignored, since a task has no such fields: "labelEncodng"/);
});

test("texts that are cut, empty ones, and classes without an example are counted", async () => {
  const long = "a".repeat(40);
  const task = await ownTask({
    "train.tsv": `text\tmood\n${long}\tup\n\tup\ngood\tup\n`,
    "dev.tsv": "text\tmood\nbad\tdown\ngood\tup\n",
  });
  const { code, err } = await train("--task", task, "--max-length", "10");
  expect(code).toBe(0);
  expect(err).toContain("mood, train: 1 of 3 examples are longer than 10 tokens and are cut there (--max-length)");
  expect(err).toMatch(/mood, train: 1 row has an empty text \(.*train\.tsv, line 3\)/);
  expect(err).toContain('mood, train: no example of "down", of 2 classes');
  expect(err).toContain('mood, validation: examples of "down", of which train has none');
  expect(err).not.toMatch(/validation: .* cut/);
});

test("rows without a label are refused with their place, or left out and counted", async () => {
  const row = (label: number) => `${JSON.stringify({ text: `t${label}`, mood: label })}\n`;
  const rows = [1, 0, -1, 1].map(row).join("");
  const files = { "train.jsonl": rows, "dev.jsonl": [1, 0].map(row).join("") };
  const splits = { train: "train.jsonl", validation: "dev.jsonl" };
  const task = await ownTask(files, { splits });
  expectRefused(await train("--task", task), /1 row has no label \(.*train\.jsonl, line 3\); --skip-broken-rows/);
  const { code, err } = await train("--task", task, "--skip-broken-rows");
  expect(code).toBe(0);
  expect(err).toMatch(/mood, train: left out: 1 row has no label \(.*train\.jsonl, line 3\)/);
  expect(err).toMatch(/mood: 3 examples/);
  const none = await ownTask({ ...files, "dev.jsonl": row(-1) }, { splits });
  const refused = await train("--task", none, "--skip-broken-rows");
  expect([refused.code, refused.err]).toEqual([
    2,
    expect.stringMatching(/validation split of mood: 1 row has no label/),
  ]);
});

test("a bare quote is read; a broken row is left out and named", async () => {
  const csv = 'text,mood\nA fine 12" record,up\nShe called it "great" twice,up\nDull,down\nx\n';
  const splits = { train: "train.csv", validation: "dev.csv" };
  const task = await ownTask({ "train.csv": csv, "dev.csv": "text,mood\na,up\nb,down\n" }, { splits });
  expectRefused(await train("--task", task), /train\.csv, line 5: 1 cell where the table has 2/);
  const { code, err } = await train("--task", task, "--skip-broken-rows");
  expect(code).toBe(0);
  expect(err).toMatch(/mood, train: 1 row that cannot be read left out; the first: .*train\.csv, line 5: 1 cell/);
  expect(err).toMatch(/mood: 3 examples/);
});

test("stars from 1 to 5 with labels 0 to 4, with 1 to 4, and with links out of the folder", async () => {
  const rows = (labels: number[]) => labels.map((mood) => `${JSON.stringify({ text: `t${mood}`, mood })}\n`).join("");
  const change = { labels: ["1", "2", "3", "4", "5"], splits: { train: "train.jsonl", validation: "dev.jsonl" } };
  const files = { "train.jsonl": rows([0, 1, 2, 3, 4]), "dev.jsonl": rows([1, 2]) };
  const { err, code } = await train("--task", await ownTask(files, { ...change, metrics: ["accuracy"] }));
  expect(code).toBe(0);
  // Read as indices, every class but the fourth and fifth lacks nothing; read cell by cell, "5" had no example.
  expect(err).not.toContain("no example of");
  const open = { "train.jsonl": rows([1, 2, 3, 4]), "dev.jsonl": rows([1, 2]) };
  const task = await ownTask(open, { ...change, metrics: ["accuracy"] });
  expectRefused(await train("--task", task), /can be read in two ways: as the name of class 0, or as the index/);
  await symlink(sample.task, join(task, "../train.tsv"));
  const linked = { ...change, splits: { train: "train.tsv", validation: "dev.jsonl" }, metrics: ["accuracy"] };
  await writeFile(task, JSON.stringify({ ...tinyTask, ...linked }));
  expectRefused(await train("--task", task), /a link that leads out of the folder/);
});
