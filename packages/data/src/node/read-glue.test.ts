import { cp, mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FormatError } from "@dylora/errors";
import { describe, expect, test } from "vitest";
import { hasOutside, outsidePath } from "../fixtures/outside-material.ts";
import { GLUE_TASKS, type GlueTaskName, glueTaskNamed } from "../index.ts";
import { hubFetcher, readGlue, readGlueFromHub } from "./index.ts";

const TSV = join(import.meta.dirname, "../fixtures/glue");
const HUB = join(import.meta.dirname, "../fixtures/hub");
const temporary = () => mkdtemp(join(tmpdir(), "dylora-data-"));

/** First example of each split of the fixtures. */
const FIRST: Record<
  GlueTaskName,
  Record<string, readonly [text: string, textPair?: string | undefined, label?: number]>
> = {
  cola: {
    train: ["The kettle sang before it boiled.", undefined, 1],
    validation: ["Nobody has seen the lamp that she bought.", undefined, 1],
    test: ["The door opened slowly."],
  },
  sst2: {
    train: ["a warm and patient film ", undefined, 1],
    validation: ["it 's a quiet triumph . ", undefined, 1],
    test: ["neither here nor there ."],
  },
  mrpc: {
    train: ['The mayor said " yes " on Monday .', "On Monday , the mayor agreed .", 1],
    validation: ["Rain is expected .", "Forecasters expect rain .", 1],
    test: ["The ship left .", "The ship sailed ."],
  },
  stsb: {
    train: ["A plane takes off.", "An air plane is taking off.", 5],
    validation: ["A cat sleeps.", "A cat is asleep.", 4.8],
    test: ["A girl runs.", "A girl is running."],
  },
  qqp: {
    validation: ["Why do people wink?", "Why do eyes blink?", 0],
    test: ["Would it rain?", "Will it rain?"],
  },
  mnli: {
    train: ["The lamp is lit.", "The lamp is on.", 0],
    validation_matched: ["He left early.", "He left.", 0],
    validation_mismatched: ["Call us now.", "Never call.", 2],
    test_matched: ["She sings.", "She makes a sound."],
    test_mismatched: ["Stay calm.", "Be calm."],
  },
  qnli: {
    train: ["When was it built?", "It was built in 1890.", 0],
    validation: ["What is its height?", 'The tower ("the needle") is 90 m high.', 0],
    test: ["Where is it?", "It is in the north."],
  },
  rte: {
    train: ["No bridge was found in the valley.", "A bridge was found in the valley.", 1],
    validation: ["Dana Reeve sang.", "Somebody sang.", 0],
    test: ["It rained.", "It was wet."],
  },
  wnli: {
    train: ["I stuck a pin through a carrot. When I pulled the pin out, it had a hole.", "The carrot had a hole.", 1],
    validation: ["The drain is clogged with hair. It has to be cleaned.", "The hair has to be cleaned.", 0],
    test: ["The jug filled the cup until it was full.", "The cup was full."],
  },
};

const cases = Object.entries(FIRST).flatMap(([name, splits]) =>
  Object.entries(splits).map(([split, first]) => [GLUE_TASKS[name as GlueTaskName], split, first] as const),
);

describe("official TSV layout", () => {
  test.each(cases)("$name $1", async (task, split, [text, textPair, label]) => {
    const { examples, labels } = await readGlue(task, TSV, split);
    const expected = {
      text,
      ...(textPair === undefined ? {} : { textPair }),
      ...(label === undefined ? {} : { label }),
    };
    expect(examples[0]).toEqual(expected);
    expect(labels).toEqual(task.labels);
    expect(await readGlue(task, join(TSV, task.tsv.folder), split)).toMatchObject({ examples, labels });
    expect(await readGlue(task, join(TSV, task.tsv.folder, task.tsv.splits[split]!), split)).toMatchObject({
      examples,
      labels,
    });
  });

  test("all rows: quotes are characters, a cell may start with one, the last line need not end", async () => {
    const cola = await readGlue(GLUE_TASKS.cola, TSV, "train");
    expect(cola.examples.map(({ text }) => text)).toContain('They called it "the kettle.');
    const mrpc = await readGlue(GLUE_TASKS.mrpc, TSV, "train");
    expect(mrpc.examples[1]).toEqual({
      text: '" Prices rose 3 percent .',
      textPair: "Prices fell 3 percent .",
      label: 0,
    });
    expect((await readGlue(GLUE_TASKS.cola, TSV, "validation")).examples).toHaveLength(2);
    const mnli = await readGlue(GLUE_TASKS.mnli, TSV, "train");
    expect(mnli.examples.map(({ label }) => label)).toEqual([0, 1, 2]);
  });

  test("CRLF line ends read the same", async () => {
    const folder = await temporary();
    const text = await readFile(join(TSV, "MRPC/train.tsv"), "utf8");
    await writeFile(join(folder, "train.tsv"), text.replaceAll("\n", "\r\n"));
    const { examples } = await readGlue(GLUE_TASKS.mrpc, folder, "train");
    expect(examples).toEqual((await readGlue(GLUE_TASKS.mrpc, TSV, "train")).examples);
  });

  test("a broken row names file and line; a handler may leave it out", async () => {
    const path = join(TSV, "QQP/train.tsv");
    await expect(readGlue(GLUE_TASKS.qqp, path, "train")).rejects.toMatchObject({
      code: "broken_row",
      message: `${path}, line 4: 3 cells where the table has 6 (id, qid1, qid2, question1, question2, is_duplicate)`,
      details: { path, line: 4 },
    });
    const broken: FormatError[] = [];
    const { examples } = await readGlue(GLUE_TASKS.qqp, path, "train", (error) => broken.push(error));
    expect(broken.map(({ details }) => details.line)).toEqual([4]);
    expect(examples.map(({ label, textPair }) => [label, textPair])).toEqual([
      [1, "How is bread baked?"],
      [0, "Why is the sea salty?"],
      [0, ""],
    ]);
  });

  test("a label that is none", async () => {
    const path = join(await temporary(), "dev.tsv");
    await writeFile(path, "sentence\tlabel\nfine \t1\nodd \tgood\n");
    await expect(readGlue(GLUE_TASKS.sst2, path, "validation")).rejects.toThrow(
      `${path}, line 3: label "good" is none of "negative", "positive", nor an index 0..1`,
    );
    await writeFile(path, "index\tsentence1\tsentence2\tscore\n0\ta\tb\t1.5\n1\ta\tb\t\n");
    await expect(readGlue(GLUE_TASKS.stsb, path, "validation")).rejects.toThrow(`${path}, line 3: "score" is missing`);
    await writeFile(path, "index\tsentence1\tsentence2\tscore\n0\ta\tb\t1,5\n");
    await expect(readGlue(GLUE_TASKS.stsb, path, "validation")).rejects.toThrow(
      `${path}, line 2: label "1,5" is not a finite number`,
    );
  });

  test("another task's file, an unknown split, a folder without the split, an unknown task", async () => {
    await expect(readGlue(GLUE_TASKS.rte, join(TSV, "SST-2/train.tsv"), "train")).rejects.toMatchObject({
      code: "missing_column",
      message: expect.stringContaining('has no column "sentence1"; it has "sentence", "label"'),
    });
    await expect(readGlue(GLUE_TASKS.mnli, TSV, "validation")).rejects.toMatchObject({
      code: "unknown_split",
      message: expect.stringContaining("validation_matched, validation_mismatched"),
    });
    await expect(readGlue(GLUE_TASKS.cola, join(TSV, "RTE"), "train"))
      .resolves.toBeDefined()
      .catch(() => undefined);
    const empty = await temporary();
    await expect(readGlue(GLUE_TASKS.cola, empty, "train")).rejects.toMatchObject({
      code: "file_missing",
      message: expect.stringContaining(join(empty, "CoLA", "train.tsv")),
    });
    for (const path of [join(empty, "no.tsv"), join(empty, "no-folder")]) {
      const message = `${path} does not exist`;
      await expect(readGlue(GLUE_TASKS.cola, path, "train")).rejects.toMatchObject({ code: "file_missing", message });
    }
    expect(() => glueTaskNamed("sst5")).toThrow(/"sst5" is no GLUE task; known are cola, sst2/);
    expect(glueTaskNamed("STS-B")).toBe(GLUE_TASKS.stsb);
  });
});

test("a file whose name is that of another split is refused; another name is taken as it is asked for", async () => {
  const folder = join(TSV, "SST-2");
  await expect(readGlue(GLUE_TASKS.sst2, join(folder, "train.tsv"), "validation")).rejects.toMatchObject({
    code: "wrong_split_file",
    message: `${join(folder, "train.tsv")} is the train split of sst2, not its validation split; give dev.tsv, or the folder ${folder}`,
  });
  await expect(readGlue(GLUE_TASKS.sst2, join(folder, "dev.tsv"), "train")).rejects.toMatchObject({
    code: "wrong_split_file",
  });
  const parquet = join(HUB, "cola/train-00000-of-00001.parquet");
  await expect(readGlue(GLUE_TASKS.cola, parquet, "validation")).rejects.toMatchObject({ code: "wrong_split_file" });
  const own = join(await temporary(), "mine.tsv");
  await cp(join(folder, "train.tsv"), own);
  const { examples } = await readGlue(GLUE_TASKS.sst2, own, "validation");
  expect(examples).toEqual((await readGlue(GLUE_TASKS.sst2, folder, "train")).examples);
  await expect(readGlueFromHub(GLUE_TASKS.cola, "constructor", async () => "")).rejects.toMatchObject({
    code: "unknown_split",
  });
});

describe("hub layout", () => {
  test("parquet in the usual compressions, from a folder", async () => {
    const cola = [
      { text: "The kettle sang.", label: 1 },
      { text: "Kettle the sang.", label: 0 },
      { text: 'They said "no" — twice.\tTab, \nnewline, 😀.', label: 1 },
    ];
    expect((await readGlue(GLUE_TASKS.cola, HUB, "validation")).examples).toEqual(cola);
    expect((await readGlue(GLUE_TASKS.cola, join(HUB, "cola"), "train")).examples).toEqual(cola);
    for (const split of ["validation", "train"]) {
      const { examples, labels } = await readGlue(GLUE_TASKS.stsb, HUB, split);
      expect(labels).toEqual([]);
      expect(examples).toHaveLength(41);
      expect(examples[40]).toEqual({ text: "A man plays a flute.", textPair: "A man eats a pear.", label: 0.75 });
    }
    const test = await readGlue(GLUE_TASKS.wnli, HUB, "test");
    expect(test.examples).toEqual([{ text: "The jug filled the cup.", textPair: "The cup was full." }]);
  });

  test("by name, through a given download", async () => {
    const asked: string[] = [];
    const fetchFile = async (repository: string, file: string) => {
      asked.push(`${repository} ${file}`);
      return join(HUB, file);
    };
    const { examples } = await readGlueFromHub(GLUE_TASKS.cola, "validation", fetchFile);
    expect(examples).toHaveLength(3);
    expect(asked).toEqual(["nyu-mll/glue cola/validation-00000-of-00001.parquet"]);
    await expect(readGlueFromHub(GLUE_TASKS.mnli, "dev", fetchFile)).rejects.toMatchObject({ code: "unknown_split" });
    expect(GLUE_TASKS.mnli.splits.test_mismatched).toBe("mnli/test_mismatched-00000-of-00001.parquet");
  });

  test("by name, from the hub's standard cache", async () => {
    const cacheDir = await temporary();
    const root = join(cacheDir, "datasets--nyu-mll--glue");
    const commit = "0123456789abcdef0123456789abcdef01234567";
    await cp(join(HUB, "cola"), join(root, "snapshots", commit, "cola"), { recursive: true });
    await mkdir(join(root, "refs"));
    await writeFile(join(root, "refs/main"), commit);
    const fetchFile = hubFetcher({ cacheDir, offline: true });
    const { examples } = await readGlueFromHub(GLUE_TASKS.cola, "validation", fetchFile);
    expect(examples).toHaveLength(3);
  });

  test("JSON Lines and CSV with the hub's columns; -1 marks an unlabelled row", async () => {
    const folder = await temporary();
    await writeFile(
      join(folder, "validation_matched.jsonl"),
      '{"premise": "He left.", "hypothesis": "He went.", "label": 0, "idx": 0}\n{"premise": "A", "hypothesis": "B", "label": -1}\n',
    );
    expect((await readGlue(GLUE_TASKS.mnli, folder, "validation_matched")).examples).toEqual([
      { text: "He left.", textPair: "He went.", label: 0 },
      { text: "A", textPair: "B" },
    ]);
    await writeFile(join(folder, "train.csv"), 'question1,question2,label,idx\n"Why, ""me""?",Why not?,duplicate,0\n');
    expect((await readGlue(GLUE_TASKS.qqp, folder, "train")).examples).toEqual([
      { text: 'Why, "me"?', textPair: "Why not?", label: 1 },
    ]);
  });
});

describe.skipIf(!hasOutside("data/glue"))("GLUE itself (outside material)", () => {
  test.each([
    ["cola", "train", 8551, 6023],
    ["cola", "validation", 1043, 721],
    ["sst2", "train", 67349, 37569],
    ["sst2", "validation", 872, 444],
    ["mrpc", "train", 3667, undefined],
    ["mrpc", "validation", 408, 279],
  ] as const)("%s %s: %i examples, %s of class 1", async (name, split, count, ones) => {
    const { examples } = await readGlue(GLUE_TASKS[name], outsidePath("data/glue"), split);
    expect(examples).toHaveLength(count);
    if (ones !== undefined) expect(examples.filter(({ label }) => label === 1)).toHaveLength(ones);
    expect(examples.every(({ text, label }) => text.trim() !== "" && (label === 0 || label === 1))).toBe(true);
  });
});
