// Fine-tunes a model of a family that dylora does not know: BERT, which is described in this folder.
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { exportAdapter, finetune, openAdapter, openModel, openTask, sweep } from "dylora";
import { descriptor } from "./descriptor.ts";
import { writeRandomBert } from "./random-bert.ts";

const steps = Number(process.argv[2] ?? 200);
const sample = fileURLToPath(new URL("../quickstart", import.meta.url));
const dir = await mkdtemp(join(tmpdir(), "own-model-family-"));

// Random weights stand in for those of a real model: `google-bert/bert-base-uncased` has the same names.
await writeRandomBert(join(dir, "base"), `${sample}/model`);

const models = [descriptor];
const model = await openModel(join(dir, "base"), { models });
const task = await openTask(`${sample}/data/train.tsv`, { text: "text", label: "label" });
const run = await finetune(model, task, { maxRank: 4, steps, learningRate: 1e-2, maxLength: 64 });
const table = await sweep(run);
console.log(`${table}`);

const { rank } = table.recommended;
const out = join(dir, "adapter");
await exportAdapter(run, { rank, out });
await run.close();
await model.close();

const adapter = await openAdapter(out, { models });
const { labels } = await adapter.predict("The Eagle has a low customer rating.");
console.log(`rank ${rank} is in ${out}; "The Eagle has a low customer rating." is ${labels[0]}`);
await adapter.close();
