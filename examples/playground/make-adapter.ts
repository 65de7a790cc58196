// Trains the GPT-2 adapter of the page, examples/playground/adapter (a quarter of an hour on two cores):
//
//   pnpm --dir examples/playground adapter
//
// It is trained on those rows of examples/gpt2-e2e/data whose sentence says every value of the data. The others teach a
// model to leave values out and to invent some.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { wasmBackend } from "@dylora/backend-wasm";
import { parseCsv } from "@dylora/data";
import { exportAdapter, finetune, openModel, openTask } from "@dylora/finetune/memory";
import { useBackend } from "@dylora/tensor";
import { saysEveryValue } from "./src/page/find-values.ts";

const example = join(import.meta.dirname, "../gpt2-e2e");
const out = join(import.meta.dirname, "adapter");

const files = new Map(
  readdirSync(join(example, "model")).map((name) => [name, new Uint8Array(readFileSync(join(example, "model", name)))]),
);
const { records } = parseCsv(readFileSync(join(example, "data/trainset.csv"), "utf8"));
const rows = records.slice(1).flatMap(({ cells: [meaning = "", sentence = ""] }) => {
  return saysEveryValue(meaning, sentence) ? [{ prompt: `${meaning} =>`, completion: ` ${sentence}` }] : [];
});
console.log(`${rows.length} of ${records.length - 1} rows say every value`);

await useBackend(wasmBackend());
const model = await openModel(files, { name: "examples/gpt2-e2e/model" });
const task = await openTask(rows, { name: "e2e", validation: 0.02, promptForm: "arrow" });
const run = await finetune(model, task, {
  maxRank: 8,
  targets: "all-linear",
  steps: 1200,
  batchSize: 16,
  learningRate: 4e-3,
  warmup: 20,
  onEvent(event) {
    if (event.type === "step" && event.step % 20 === 0) console.log(event.step, event.loss.toFixed(3));
  },
});
mkdirSync(out, { recursive: true });
for (const [name, bytes] of exportAdapter(run, { rank: 8 })) writeFileSync(join(out, name), bytes);
// The card leaves the licence to people; this one is that of the data.
const card = join(out, "README.md");
const text = readFileSync(card, "utf8")
  .replace("library_name: peft", "license: cc-by-sa-4.0\nlibrary_name: peft")
  .replace(/^- Licence: .*$/m, "- Licence: CC BY-SA 4.0, as the data (NOTICE.md of the page)")
  .replace(/^- Task: .*$/m, "- Task: to put data of the E2E NLG data set into a sentence");
writeFileSync(card, text);
