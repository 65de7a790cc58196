// Makes examples/gpt2-e2e/data from the CSV files of the E2E NLG data set.
//
//   node tools/gpt2-e2e/make-sample.mjs E2E_FOLDER [OUT_FOLDER]
//
// E2E_FOLDER holds trainset.csv and devset.csv. Training rows come from the first, validation instances, with all their
// references, from the second: their meaning representations do not occur in trainset.csv, on which the example's model
// was pretrained. Rows and instances are chosen by the hash of their text: the same ones on every machine.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const { parse } = createRequire(join(ROOT, "examples/playground/package.json"))("csv-parse/sync");

const TRAINING_ROWS = 4000;
const VALIDATION_INSTANCES = 100;

/** Rows with a sentence, each pair once (its first row), in the order of the file. */
const readRows = (folder, file) => {
  const seen = new Set();
  return parse(readFileSync(join(folder, file), "utf8"), { bom: true, columns: true })
    .map(({ mr, ref }) => ({ mr: mr.trim(), ref: ref.replace(/\s*[\r\n]\s*/g, " ").trim() }))
    .filter(({ mr, ref }) => {
      const key = `${mr}\n${ref}`;
      if (ref === "" || seen.has(key)) return false;
      seen.add(key);
      return true;
    });
};

const hash = (text) => createHash("sha256").update(text).digest("hex");

/** The keys with the smallest hashes, as a set. */
const choose = (keys, count) => {
  const distinct = [...new Set(keys)].map((key) => ({ key, order: hash(key) }));
  if (distinct.length < count) throw new Error(`only ${distinct.length} to choose from, ${count} wanted`);
  distinct.sort((a, b) => (a.order < b.order ? -1 : 1));
  return new Set(distinct.slice(0, count).map(({ key }) => key));
};

const quoted = (text) => `"${text.replaceAll('"', '""')}"`;

const [source, out = join(ROOT, "examples/gpt2-e2e/data")] = process.argv.slice(2);
if (source === undefined) {
  console.error("usage: node tools/gpt2-e2e/make-sample.mjs E2E_FOLDER [OUT_FOLDER]");
  process.exit(2);
}

const trainRows = readRows(source, "trainset.csv");
const devRows = readRows(source, "devset.csv");
const trainMeanings = new Set(trainRows.map(({ mr }) => mr));
const shared = devRows.find(({ mr }) => trainMeanings.has(mr));
if (shared !== undefined) throw new Error(`${shared.mr} is on both sides`);

const pairOf = ({ mr, ref }) => `${mr}\n${ref}`;
const chosenPairs = choose(trainRows.map(pairOf), TRAINING_ROWS);
const chosenMeanings = choose(
  devRows.map(({ mr }) => mr),
  VALIDATION_INSTANCES,
);
const sample = {
  "trainset.csv": trainRows.filter((row) => chosenPairs.has(pairOf(row))),
  "devset.csv": devRows.filter(({ mr }) => chosenMeanings.has(mr)),
};

mkdirSync(out, { recursive: true });
for (const [name, rows] of Object.entries(sample)) {
  const lines = ["mr,ref", ...rows.map(({ mr, ref }) => `${quoted(mr)},${quoted(ref)}`)];
  writeFileSync(join(out, name), `${lines.join("\n")}\n`);
  console.log(`${name}: ${rows.length} rows, ${new Set(rows.map(({ mr }) => mr)).size} meaning representations`);
}
