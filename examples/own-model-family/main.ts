// Trains, sweeps, exports and predicts with a family of models that dylora does not know: BERT, described in this folder.
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { exportSource, predictFile, sweepRunFolder, trainRun } from "@dylora/finetune";
import {
  backendSettings,
  decodingSettings,
  readSettings,
  sweepSettings,
  trainingSettingsIn,
} from "@dylora/finetune/settings";
import { descriptor } from "./descriptor.ts";
import { writeRandomBert } from "./random-bert.ts";

const steps = Number(process.argv[2] ?? 200);
const sample = fileURLToPath(new URL("../quickstart", import.meta.url));
const dir = await mkdtemp(join(tmpdir(), "own-model-family-"));
const [base, run, exported] = ["base", "run", "exported"].map((name) => join(dir, name)) as [string, string, string];
const options = { models: [descriptor] };

// Random weights stand in for those of a real model: `google-bert/bert-base-uncased` has the same names.
await writeRandomBert(base, `${sample}/model`);

const task = `${sample}/data/task.json`;
const settings = trainingSettingsIn({ base, task, steps, rank: 4, lr: 1e-2, maxLength: 64, backend: "wasm" });
const trained = await trainRun({ settings, out: run }, options);
console.log(
  `${trained.prepared.base.architecture.name}: ${trained.outcome.step} steps, loss ${trained.outcome.loss.toFixed(3)}`,
);
await trained.close();

const measuring = { ...sweepSettings, ...decodingSettings, ...backendSettings };
const sweep = await sweepRunFolder(run, readSettings(measuring, [{ values: { backend: "wasm" } }]), options);
for (const { rank, metric } of sweep.curves[0]?.points ?? []) console.log(`rank ${rank}: accuracy ${metric}`);

const rank = sweep.recommendation?.rank ?? 1;
const toExport = { rank, out: exported, merge: false, dtype: "float32", overwrite: false, backend: "wasm" } as const;
await exportSource(run, toExport, options);

const [input, output] = [join(dir, "in.jsonl"), join(dir, "out.jsonl")];
await writeFile(input, `${JSON.stringify({ text: "The Eagle has a low customer rating." })}\n`);
const lines = { input, output, resume: false, batchSize: 8, backend: "wasm" };
await predictFile({ adapter: exported, ...lines }, options);
console.log(`rank ${rank} exported to ${exported}; ${(await readFile(output, "utf8")).trim()}`);
