// Trains one DyLoRA adapter, evaluates it at every rank, and exports the smallest rank that is nearly the best.
import { fileURLToPath } from "node:url";
import { wasmBackend } from "@dylora/backend-wasm";
import { encodeExamples, labelCount, lengthBucketedBatches, sequentialBatches } from "@dylora/data";
import { loadTokenizer, readSplit, readTask } from "@dylora/data/node";
import { compareSystems } from "@dylora/eval";
import { accuracy } from "@dylora/eval/glue";
import { openModelFolder, writePeftAdapter } from "@dylora/io/node";
import { attach, toPeft } from "@dylora/lora-core";
import { loadRoberta, sequenceClassification } from "@dylora/model-roberta";
import { useBackend } from "@dylora/tensor";
import { classification, linearSchedule, recommendRank, type ScoredRank, sweepRanks, train } from "@dylora/trainer";

const steps = Number(process.argv[2] ?? 300);
const sample = fileURLToPath(new URL("../quickstart", import.meta.url));
const out = fileURLToPath(new URL("../../runs/library-only", import.meta.url));

await useBackend(wasmBackend());
const folder = await openModelFolder(`${sample}/model`);
const task = await readTask(`${sample}/data/task.json`);
const model = await loadRoberta({ ...folder, head: sequenceClassification(labelCount(task.task)) });
const adapted = attach(model, { rank: 8, alpha: 16 });

const tokenizer = await loadTokenizer(`${sample}/model`);
const encode = async (split: string) => encodeExamples(tokenizer, (await readSplit(task, split)).examples);
const options = { batchSize: 32, seed: 0, padId: tokenizer.padId };
const data = lengthBucketedBatches(await encode("train"), options);
const schedule = linearSchedule({ steps });
const run = { adapted, data, schedule, steps, learningRate: 3e-3 };
for await (const event of train({ ...run, objective: classification() })) {
  if (event.type === "step" && event.step % 10 === 0) console.log(`step ${event.step}: loss ${event.loss.toFixed(3)}`);
}

const examples = await encode("validation");
const labels = examples.map(({ label }) => label ?? -1);
const sweep: ScoredRank[] = [];
for await (const scored of sweepRanks(adapted, sequentialBatches(examples, options), { metric: accuracy })) {
  sweep.push(scored);
  console.log(`rank ${scored.rank}: accuracy ${scored.metric.toFixed(3)}`);
}
const { rank } = recommendRank(sweep, {
  compare: ({ predictions: predictionsA }, { predictions: predictionsB }) =>
    compareSystems({ metric: accuracy, predictionsA, predictionsB, labels }),
});
// The note gives predictions their class names: dylora predict --adapter, and readPeftAdapter, read it.
const { name, kind, labels: classNames } = task.task;
const note = { task: name, kind, labels: classNames, rank };
await writePeftAdapter(out, { ...toPeft(adapted.adapter, rank), note }, { overwrite: true });
console.log(`rank ${rank} is the smallest within 0.01 of the best; written to ${out}`);

model.dispose();
await folder.weights.close();
