// Makes examples/quickstart/data from the CSV files of the E2E NLG data set.
//
//   node tools/quickstart/make-sample.mjs E2E_FOLDER [OUT_FOLDER]
//
// E2E_FOLDER holds trainset.csv, devset.csv and testset_w_refs.csv. Training rows come from trainset.csv, dev rows from
// the other two: their meaning representations do not occur in trainset.csv, on which the quickstart model was
// pretrained, so neither the adapter nor the model has seen them. Rows are chosen by the hash of their text: the same
// ones on every machine, and no class is favoured.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const { parse } = createRequire(join(ROOT, "examples/playground/package.json"))("csv-parse/sync");

const NONE_SAID = "none said";
const LABELS = [NONE_SAID, "low", "average", "high", "1 out of 5", "3 out of 5", "5 out of 5"];
const SIZES = { train: 4000, dev: 1000 };

const readRows = (folder, file) =>
  parse(readFileSync(join(folder, file), "utf8"), { bom: true, columns: true }).map(({ mr, ref }) => ({
    meaning: mr.trim(),
    // The table format keeps tabs and line ends for itself.
    text: ref.replace(/\s*[\t\r\n]\s*/g, " ").trim(),
    label: /(?:^|, )customer rating\[([^\]]*)\]/.exec(mr)?.[1] ?? NONE_SAID,
  }));

const hash = (text) => createHash("sha256").update(text).digest("hex");

/** Rows with each text once (its first row), none of the texts in `taken`. */
const distinct = (rows, taken) => {
  const seen = new Set(taken);
  return rows.filter(({ text }) => {
    if (text === "" || seen.has(text)) return false;
    seen.add(text);
    return true;
  });
};

const choose = (rows, count) => {
  const keyed = rows.map((row) => ({ row, key: hash(row.text) })).sort((a, b) => (a.key < b.key ? -1 : 1));
  if (keyed.length < count) throw new Error(`only ${keyed.length} distinct rows, ${count} wanted`);
  return keyed.slice(0, count).map(({ row }) => row);
};

/** JSON on one line, with spaces. */
const spaced = (value) =>
  JSON.stringify(value, null, 1)
    .replace(/\[\n */, "[")
    .replace(/\n *\]/, "]")
    .replace(/\n */g, " ");

const proportions = (rows) =>
  LABELS.map((label) => `${label} ${(rows.filter((row) => row.label === label).length / rows.length).toFixed(3)}`).join(
    ", ",
  );

const [source, out = join(ROOT, "examples/quickstart/data")] = process.argv.slice(2);
if (source === undefined) {
  console.error("usage: node tools/quickstart/make-sample.mjs E2E_FOLDER [OUT_FOLDER]");
  process.exit(2);
}

const trainRows = readRows(source, "trainset.csv");
const devRows = ["devset.csv", "testset_w_refs.csv"].flatMap((file) => readRows(source, file));
const stray = [...trainRows, ...devRows].find(({ label }) => !LABELS.includes(label));
if (stray !== undefined) throw new Error(`unexpected customer rating "${stray.label}"`);
const trainMeanings = new Set(trainRows.map(({ meaning }) => meaning));
const shared = devRows.find(({ meaning }) => trainMeanings.has(meaning));
if (shared !== undefined) throw new Error(`${shared.meaning} is on both sides`);

const train = choose(distinct(trainRows, []), SIZES.train);
const dev = choose(
  distinct(
    devRows,
    trainRows.map(({ text }) => text),
  ),
  SIZES.dev,
);

mkdirSync(out, { recursive: true });
for (const [name, rows] of Object.entries({ train, dev })) {
  const lines = ["text\tlabel", ...rows.map(({ text, label }) => `${text}\t${label}`)];
  writeFileSync(join(out, `${name}.tsv`), `${lines.join("\n")}\n`);
  console.log(`${name}: ${rows.length} rows, ${new Set(rows.map(({ meaning }) => meaning)).size} meanings`);
  console.log(`  ${proportions(rows)}`);
}
const task = {
  name: "e2e-customer-rating",
  kind: "classification",
  textColumns: ["text"],
  labelColumn: "label",
  labels: LABELS,
  metrics: ["accuracy"],
  splits: { train: "train.tsv", validation: "dev.tsv" },
};
const lines = Object.entries(task).map(([key, value]) => `  ${JSON.stringify(key)}: ${spaced(value)}`);
writeFileSync(join(out, "task.json"), `{\n${lines.join(",\n")}\n}\n`);
