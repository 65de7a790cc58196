// A server's program that uses the functions for Node. Arguments: the folder of a model, and a table.
import { finetune, openModel, openTask, sweep } from "dylora";

export async function answer(folder, table) {
  const model = await openModel(folder, { backend: "wasm" });
  const task = await openTask(table, { text: "text", label: "label", validation: 0.2 });
  const run = await finetune(model, task, { maxRank: 2, steps: 3, batchSize: 4 });
  const { ranks } = await sweep(run);
  const { labels } = await run.predict(["The Eagle has a low customer rating."], { rank: 1 });
  for (const open of [run, model]) await open.close();
  return `ranks ${ranks.map(({ rank }) => rank).join(", ")}: ${labels.join()}`;
}
