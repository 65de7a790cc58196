import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { readConfigFile } from "../../../packages/cli/src/options/config-file.ts";
import { wordNetFiles } from "../../../packages/eval/src/nlg/index.ts";
import { loadMeteorSynonyms, loadParaphrases, loadWordNet } from "../../../packages/eval/src/node/index.ts";
import { trialStore } from "../../../packages/finetune/src/compare/trial.ts";
import { readCorpus } from "../../../packages/finetune/src/evaluate/read-corpus.ts";
import { openRowJournal } from "../../../packages/finetune/src/files/row-journal.ts";
import { parsePromptLines } from "../../../packages/finetune/src/generate/prompt-lines.ts";
import { parseInputLines } from "../../../packages/finetune/src/predict/input-lines.ts";
import { readEventLog } from "../../../packages/finetune/src/runs/event-log.ts";
import { readRunRecord } from "../../../packages/finetune/src/runs/run-record.ts";
import { readSettings } from "../../../packages/finetune/src/settings/read-settings.ts";
import { trainingSettings } from "../../../packages/finetune/src/settings/training-settings.ts";
import { measuredStore } from "../../../packages/finetune/src/sweep/measured-store.ts";
import { trainingLog, trainingSeconds } from "../../../packages/finetune/src/sweep/sweep-document.ts";
import { parseAdapterNote } from "../../../packages/io/src/index.ts";
import { downloadModel } from "../../../packages/io/src/node/index.ts";
import { makeComparison, makeSweep, makeTraining } from "../../../packages/report/src/fixtures/sweeps.ts";
import { htmlReport, parseSweepFile, rankTable, terminalChart } from "../../../packages/report/src/index.ts";
import { type FuzzReader, json, jsonLines, text } from "./reader.ts";

const asText = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString();
const inputs = { signal: new AbortController().signal, note: () => undefined } as never;

const settings = readSettings(trainingSettings, [{ values: { task: "sst2", base: "roberta-base", steps: 10 } }]);
const run = {
  format: "dylora-run",
  version: 1,
  created: "2026-02-03T10:20:30.000Z",
  command: ["dylora", "train"],
  settings: Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)),
  steps: 10,
  task: { name: "sst2", kind: "classification", labels: ["negative", "positive"], trainingExamples: 20 },
  base: { name: "roberta-base", architecture: "roberta", parameters: 100, maxLength: 128 },
  engine: { id: "wasm", detail: "1 thread" },
  versions: { node: "20.20.2" },
};

const events = jsonLines(
  { type: "start", step: 0, time: "2026-02-03T10:20:30.000Z" },
  { type: "step", step: 1, rank: 3, loss: 0.5, seconds: 0.1, learningRate: 1e-3, time: "2026-02-03T10:20:30.000Z" },
  { type: "step", step: 2, rank: 1, loss: null, seconds: 0.1, learningRate: 1e-3 },
  { type: "evaluation", step: 2, rank: 8, metric: 0.5, loss: 0.25, seconds: 1 },
  { type: "checkpoint", step: 2 },
  { type: "end", step: 2, reason: "done" },
);

const part = {
  format: "dylora-part",
  version: 1,
  settings: { a: 1 },
  method: "lora",
  rank: 2,
  seed: 0,
  trainSeconds: 1,
  points: [{ rank: 2, parameters: { lora: 1, head: 2, total: 3 }, metric: 0.5, seconds: 1 }],
};

const small = {
  ...makeSweep(),
  training: makeTraining(12, 4),
  curves: makeSweep().curves.map((curve) => ({ ...curve, points: curve.points.slice(0, 4) })),
};
const sweeps = [{ "sweep.json": json(small) }, { "compare.json": json({ ...makeComparison(), training: undefined }) }];

const journal = {
  format: "dylora-rows",
  version: 1,
  dylora: "0.0.0",
  command: "predict",
  rows: 2,
  decisive: { "--input": "a" },
  incidental: { "--backend": "wasm" },
};

const references = text("lines", "one\nalso one\n\ntwo\n");
const corpora = [
  { "predictions.txt": text("lines", "one\ntwo, 2\n"), "references.txt": references },
  {
    "predictions.jsonl": jsonLines({ tokens: [1], text: "one", prompt: "a =>" }, { text: "two", context: "b" }),
    "references.jsonl": jsonLines({ context: "a", references: ["one", "1"] }, { prompt: "b", completion: "two" }),
  },
  {
    "predictions.csv": text("lines", 'MR,output\n"name[A]",one\nname[B],"two, ""2"""\n'),
    "references.csv": text("lines", "mr,ref\nname[A],one\nname[A],1\nname[B],two\n"),
  },
];

const hub = { files: {} as Readonly<Record<string, Uint8Array>>, endpoint: "" };

/** A server that answers with what the case holds, started once. */
async function startHub(): Promise<string> {
  if (hub.endpoint !== "") return hub.endpoint;
  const server = createServer((request, response) => {
    const path = (request.url ?? "").replace(/\?.*/, "");
    const name = path.includes("/revision/") ? "revision.json" : path.includes("/tree/") ? "tree.json" : "content";
    const bytes = hub.files[name] ?? new Uint8Array();
    response
      .writeHead(200, { "content-type": "application/json", "content-length": bytes.length, etag: '"a"' })
      .end(bytes);
  });
  await new Promise<void>((started) => server.listen(0, "127.0.0.1", started));
  server.unref();
  hub.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return hub.endpoint;
}

const commit = "0123456789abcdef0123456789abcdef01234567";
const content = "{}";

/** Readers of what runs leave behind, of inputs of commands, of metric resources, and of the hub's answers. */
export const runReaders: readonly FuzzReader[] = [
  { name: "run-record", weight: 0.4, examples: [{ "run.json": json(run) }], read: (dir) => readRunRecord(dir) },
  {
    name: "event-log",
    weight: 0.4,
    examples: [{ "events.jsonl": events }],
    read(dir) {
      const log = readEventLog(join(dir, "events.jsonl"));
      const { training } = { training: trainingLog(log) };
      if (training !== undefined) parseSweepFile(JSON.stringify({ ...small, training }), "sweep.json");
      trainingSeconds(log);
    },
  },
  {
    name: "sweep",
    weight: 0.2,
    examples: sweeps,
    read(_, files) {
      const sweep = parseSweepFile(asText(Object.values(files)[0]), "sweep.json");
      for (const width of [30, 120]) {
        rankTable(sweep, { width, color: false });
        terminalChart(sweep, { width, color: false });
      }
    },
    inMemory: true,
  },
  {
    name: "sweep-report",
    weight: 0.002,
    examples: sweeps,
    read: (_, files) => htmlReport(parseSweepFile(asText(Object.values(files)[0]), "sweep.json")),
    inMemory: true,
  },
  {
    name: "part",
    weight: 0.4,
    examples: [{ "lora-rank-2-seed-0.json": json(part) }],
    read: (dir) => trialStore(dir, { a: 1 }).find({ method: "lora", rank: 2, seed: 0 }),
  },
  {
    name: "export-note",
    weight: 0.4,
    examples: [
      {
        "dylora.json": json({
          format: "dylora-export",
          version: 1,
          task: "sst2",
          kind: "classification",
          labels: ["a", "b"],
          maxLength: 128,
          rank: 2,
        }),
      },
    ],
    read: async (dir) => parseAdapterNote(await readFile(join(dir, "dylora.json")).catch(() => new Uint8Array())),
  },
  {
    name: "config-file",
    weight: 0.4,
    examples: [
      {
        "a.json": json({
          rank: 8,
          lr: 1e-3,
          targets: ["query"],
          distribution: { name: "a", ranks: [1, 2], pmf: [0.5, 0.5] },
        }),
      },
    ],
    read: async (dir) => readSettings(trainingSettings, [await readConfigFile(join(dir, "a.json"))]),
  },
  {
    name: "predict-input",
    weight: 1,
    examples: [
      {
        "in.jsonl": jsonLines(
          { input_ids: [0, 5, 2], attention_mask: [1, 1, 1] },
          { text: "a", text_pair: "b" },
          { text: "c" },
        ),
      },
    ],
    read: (_, files) => parseInputLines(asText(files["in.jsonl"]), "in.jsonl", { vocabSize: 100, maxLength: 20 }),
    inMemory: true,
  },
  {
    name: "generate-input",
    weight: 1,
    examples: [{ "in.jsonl": jsonLines({ prompt: "a =>" }, { input_ids: [1, 2] }) }],
    read: (_, files) =>
      parsePromptLines(asText(files["in.jsonl"]), "in.jsonl", { vocabSize: 100, writePrompt: (context) => context }),
    inMemory: true,
  },
  {
    name: "evaluate-corpus",
    weight: 0.4,
    examples: corpora,
    read: (dir, files) => {
      const [predictions = "", references = ""] = Object.keys(files).map((name) => join(dir, name));
      return readCorpus(predictions, references, inputs);
    },
  },
  {
    name: "row-journal",
    weight: 0.2,
    examples: [{ "out.jsonl.partial": jsonLines(journal, { row: 0, lines: ["a"] }, { row: 1, lines: ["b", "c"] }) }],
    async read(dir) {
      const { format: _, version: __, dylora: ___, ...identity } = journal;
      const rows = await openRowJournal(join(dir, "out.jsonl.partial"), identity, true, inputs);
      await rows.close();
    },
  },
  {
    name: "measured-rank",
    weight: 0.2,
    examples: [
      {
        "rank-2.json": json({
          format: "dylora-measured",
          version: 1,
          of: { a: 1 },
          rank: 2,
          seconds: 1,
          answers: { given: [0, "a"], loss: 0.5 },
        }),
      },
    ],
    read: (dir) => measuredStore(dir, { a: 1 }).find(2),
  },
  {
    name: "wordnet",
    weight: 0.1,
    examples: [
      Object.fromEntries(
        wordNetFiles.map((name) => [
          name,
          text("lines", name.endsWith(".exc") ? "mice mouse\n" : "  1 licence\nmouse n 2 1 @ 2 1 02330245 03793489\n"),
        ]),
      ),
    ],
    read: async (dir) => (await loadWordNet(dir)).synsets("mice"),
  },
  {
    name: "meteor-synonyms",
    weight: 0.4,
    examples: [
      { "english.synsets": text("lines", "mouse\n1 2 3\n"), "english.exceptions": text("lines", "mouse\nmice\n") },
    ],
    read: async (dir) => (await loadMeteorSynonyms(dir)).synsets("mice"),
  },
  {
    name: "paraphrases",
    weight: 0.4,
    examples: [{ "paraphrase-en": text("lines", "0.5\na b\nc d\n0.25\nx\ny z\n") }],
    read: async (dir) => (await loadParaphrases(join(dir, "paraphrase-en"))).paraphrases("a b"),
  },
  {
    name: "hub",
    weight: 0.02,
    examples: [
      {
        "revision.json": json({ _id: "1", id: "o/m", sha: commit, lastModified: 0, private: false }),
        "tree.json": json([
          { type: "file", path: "config.json", size: content.length, oid: "9e26dfeeb6e641a33dae4961196235bdb965b21b" },
          { type: "directory", path: "sub", size: 0, oid: commit },
        ]),
        content: text("bytes", content),
      },
    ],
    async read(dir, files) {
      hub.files = files;
      await downloadModel("o/m", { endpoint: await startHub(), cacheDir: join(dir, "cache") });
    },
    inMemory: true,
  },
];
