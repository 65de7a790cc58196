import { wasmBackend } from "@dylora/backend-wasm";
import { useBackend } from "@dylora/tensor";
import { exportAdapter, finetune, openAdapter, openModel, openTask, sweep } from "dylora/browser";

/** The files of a model, as a page fetches them. */
export async function tune(files: ReadonlyMap<string, Uint8Array>): Promise<string> {
  const backend = await useBackend(wasmBackend());
  const model = await openModel(files, { name: "base" });
  const rows = Array.from({ length: 40 }, (_, row) => ({ text: `case ${row}`, label: row % 2 === 0 ? "even" : "odd" }));
  const run = await finetune(model, await openTask(rows, { validation: 0.2 }), { maxRank: 2, steps: 3, batchSize: 4 });
  const { ranks } = await sweep(run);
  const adapter = await openAdapter(exportAdapter(run, { rank: 1 }), model);
  const { labels } = await adapter.predict("case 7");
  for (const open of [adapter, run, model]) await open.close();
  backend.dispose();
  return `ranks ${ranks.map(({ rank }) => rank).join(", ")}: ${labels.join()}`;
}
