// Fine-tunes a model on a table, evaluates it at every rank, and exports the smallest rank that is nearly the best.
import { fileURLToPath } from "node:url";
import { exportAdapter, finetune, openModel, openTask, sweep } from "dylora";

const steps = Number(process.argv[2] ?? 300);
const sample = fileURLToPath(new URL("../quickstart", import.meta.url));
const out = fileURLToPath(new URL("../../runs/library-only", import.meta.url));

const model = await openModel(`${sample}/model`);
const task = await openTask(`${sample}/data/train.tsv`, { text: "text", label: "label", log: console.log });

const job = finetune(model, task, { maxRank: 8, steps, learningRate: 3e-3 });
for await (const event of job) {
  if (event.type === "step" && event.step % 10 === 0) console.log(`step ${event.step}: loss ${event.loss.toFixed(3)}`);
}
const run = await job;

const table = await sweep(run);
console.log(`${table}`);
const { rank } = table.recommended;
await exportAdapter(run, { rank, out, overwrite: true });
console.log(`rank ${rank} is the smallest within 0.01 of the best; written to ${out}`);

const { labels } = await run.predict("The Eagle has a low customer rating.", { rank });
console.log(`"The Eagle has a low customer rating." is ${labels[0]}`);

await run.close();
await model.close();
