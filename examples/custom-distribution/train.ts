// Trains the same adapter twice, with uniform ranks and with the sampler of weak-ranks.ts, and compares them.
import { fileURLToPath } from "node:url";
import { wasmBackend } from "@dylora/backend-wasm";
import { encodeExamples, labelCount, lengthBucketedBatches, sequentialBatches } from "@dylora/data";
import { loadTokenizer, readSplit, readTask } from "@dylora/data/node";
import { createSampler, type RankSampler, uniform } from "@dylora/dylora-sampler";
import { accuracy } from "@dylora/eval/glue";
import { openModelFolder } from "@dylora/io/node";
import { attach } from "@dylora/lora-core";
import { loadRoberta, sequenceClassification } from "@dylora/model-roberta";
import { useBackend } from "@dylora/tensor";
import { classification, linearSchedule, sweepRanks, train } from "@dylora/trainer";
import { weakRanks } from "./weak-ranks.ts";

const steps = Number(process.argv[2] ?? 300);
const sample = fileURLToPath(new URL("../quickstart", import.meta.url));

await useBackend(wasmBackend());
const folder = await openModelFolder(`${sample}/model`);
const task = await readTask(`${sample}/data/task.json`);
const model = await loadRoberta({ ...folder, head: sequenceClassification(labelCount(task.task)) });
const tokenizer = await loadTokenizer(`${sample}/model`);
const encode = async (split: string) => encodeExamples(tokenizer, (await readSplit(task, split)).examples);
const options = { batchSize: 32, seed: 0, padId: tokenizer.padId };
const data = lengthBucketedBatches(await encode("train"), options);
const examples = await encode("validation");

/** Trains a fresh adapter; how often each rank was drawn, and its accuracy afterwards. */
async function trainWith(sampler: RankSampler): Promise<Map<number, { draws: number; score: number }>> {
  const adapted = attach(model, { rank: 8, alpha: 16 });
  const draws = new Map<number | undefined, number>();
  const settings = { steps, learningRate: 3e-3, schedule: linearSchedule({ steps }), objective: classification() };
  for await (const event of train({ adapted, data, sampler, ...settings })) {
    if (event.type === "step") draws.set(event.rank, (draws.get(event.rank) ?? 0) + 1);
  }
  const result = new Map<number, { draws: number; score: number }>();
  for await (const { rank, metric } of sweepRanks(adapted, sequentialBatches(examples, options), {
    metric: accuracy,
  })) {
    result.set(rank, { draws: draws.get(rank) ?? 0, score: metric });
  }
  return result;
}

const even = await trainWith(createSampler(uniform({ max: 8 })));
const weak = await trainWith(weakRanks({ ranks: [1, 2, 3, 4, 5, 6, 7, 8] }));
console.log("        uniform          weak ranks\nrank  draws  accuracy  draws  accuracy");
for (const [rank, { draws, score }] of even) {
  const other = weak.get(rank);
  const cells = [rank, draws, score.toFixed(3), other?.draws, other?.score.toFixed(3)];
  console.log(cells.map((cell, column) => String(cell).padStart([4, 7, 10, 7, 10][column] ?? 0)).join(""));
}
model.dispose();
await folder.weights.close();
