import { join } from "node:path";
import { GLUE_TASKS, parseTextTask } from "../../../packages/data/src/index.ts";
import {
  readDart,
  readE2e,
  readGlue,
  readPromptCompletions,
  readSplit,
  readTable,
  readTask,
  readWebNlg,
} from "../../../packages/data/src/node/index.ts";
import { parseJsonObject } from "../../../packages/io/src/index.ts";
import type { ExampleFile, FileFormat } from "../inputs/index.ts";
import { type FuzzReader, json, jsonLines, repositoryFile, text } from "./reader.ts";

const FIXTURES = "packages/data/src/fixtures";
const fixture = (format: FileFormat, path: string): ExampleFile => repositoryFile(format, `${FIXTURES}/${path}`);

const single = { textColumns: ["text"], labelColumn: "label" } as const;
const skip = { onBrokenRow: () => undefined };

/** Reads once as it is and once leaving broken rows out: a file that is refused has more code to go through. */
async function twice(read: (options: { onBrokenRow?: () => undefined }) => Promise<unknown>): Promise<void> {
  await read(skip).catch(() => undefined);
  await read({});
}

const table = 'text,label\none,red\n"two, ""2""",blue\nthree,red\n';
const tsv = "text\tlabel\none\t0\ntwo\t1\n";
const rows = jsonLines({ text: "one", label: "a" }, { text: "two", label: 1 }, { text: "three", label: -1 });

const task = {
  name: "mood",
  kind: "classification",
  textColumns: ["text"],
  labelColumn: "label",
  labels: ["down", "up"],
  metrics: ["accuracy", "f1"],
  splits: { train: "train.tsv", validation: "dev.tsv" },
};

const readerOf = (
  name: string,
  weight: number,
  examples: FuzzReader["examples"],
  read: (path: string) => Promise<unknown>,
): FuzzReader => ({ name, weight, examples, read: (dir, files) => read(join(dir, Object.keys(files)[0]!)) });

const glue = (name: "sst2" | "cola" | "mnli" | "stsb" | "mrpc", path: string, split: string): FuzzReader =>
  readerOf(`glue-${name}`, 0.4, [{ [path.split("/").at(-1)!]: fixture("lines", `glue/${path}`) }], (file) =>
    twice((options) => readGlue(GLUE_TASKS[name], file, split, options.onBrokenRow)),
  );

const parquets = ["cola/train", "cola/validation", "stsb/train", "wnli/test"].map((path) => ({
  "a.parquet": fixture("parquet", `hub/${path}-00000-of-00001.parquet`),
}));

/** Readers of data sets. */
export const tableReaders: readonly FuzzReader[] = [
  glue("sst2", "SST-2/dev.tsv", "validation"),
  glue("cola", "CoLA/train.tsv", "train"),
  glue("mnli", "MNLI/dev_matched.tsv", "validation_matched"),
  glue("stsb", "STS-B/dev.tsv", "validation"),
  glue("mrpc", "MRPC/dev.tsv", "validation"),
  readerOf(
    "glue-jsonl",
    0.4,
    [{ "validation.jsonl": jsonLines({ sentence: "a", label: 0 }, { sentence: "b", label: -1 }) }],
    (path) => twice((options) => readGlue(GLUE_TASKS.sst2, path, "validation", options.onBrokenRow)),
  ),
  readerOf("csv", 0.4, [{ "a.csv": text("lines", table) }], (path) =>
    twice((options) => readTable(path, { ...single, ...options })),
  ),
  readerOf("tsv", 0.4, [{ "a.tsv": text("lines", tsv) }], (path) =>
    twice((options) => readTable(path, { ...single, ...options })),
  ),
  readerOf("jsonl", 0.4, [{ "a.jsonl": rows }], (path) =>
    twice((options) => readTable(path, { ...single, ...options })),
  ),
  readerOf("jsonl-regression", 0.2, [{ "a.jsonl": rows }], (path) =>
    twice((options) => readTable(path, { ...single, kind: "regression", ...options })),
  ),
  readerOf("parquet", 0.02, parquets, (path) => readTable(path, { textColumns: ["sentence"], labelColumn: "label" })),
  readerOf(
    "prompts",
    0.4,
    [{ "a.jsonl": jsonLines({ prompt: "a =>", completion: " b" }, { prompt: "c", completion: "" }) }],
    (path) => twice((options) => readPromptCompletions(path, options)),
  ),
  {
    name: "task",
    weight: 0.4,
    examples: [{ "task.json": json(task), "train.tsv": text("lines", tsv), "dev.tsv": text("lines", tsv) }],
    async read(dir) {
      const folder = await readTask(join(dir, "task.json"));
      for (const split of ["train", "validation", "constructor"]) await readSplit(folder, split);
    },
  },
  {
    name: "task-object",
    weight: 1,
    examples: [{ "task.json": json(task) }],
    read: (_, files) => parseTextTask(parseJsonObject(files["task.json"]!, "task.json"), "task.json"),
    inMemory: true,
  },
  readerOf(
    "e2e",
    0.4,
    [
      {
        "a.csv": text(
          "lines",
          'mr,ref\n"name[The Vaults], priceRange[more than £30]","Pricey, at ""£30"". "\nname[B],B.\n',
        ),
      },
      { "a.txt": text("lines", "name : Aromi | Type : pub||Aromi is a pub . \n\nname : B||B .\n") },
    ],
    (path) => twice((options) => readE2e(path, options)),
  ),
  readerOf(
    "webnlg",
    0.4,
    [
      { "a.json": fixture("json", "nlg/webnlg.json") },
      { "a.xml": fixture("xml", "nlg/webnlg/1triples/Airport.xml") },
      { "a.xml": fixture("xml", "nlg/webnlg/2triples/Artist.xml") },
    ],
    (path) => readWebNlg(path),
  ),
  readerOf(
    "dart",
    0.4,
    [{ "a.json": fixture("json", "nlg/dart.json") }, { "a.xml": fixture("xml", "nlg/dart.xml") }],
    (path) => readDart(path),
  ),
];
