// Writes sample/train.tsv and sample/dev.tsv: made-up sentences in the layout of SST-2 (sentence, label; 1 is positive).
//
//   node examples/roberta-glue/make-sample.mjs
import { writeFileSync } from "node:fs";

const subjects = ["the food", "the service", "the pub", "the restaurant", "the coffee shop", "the wine", "the cheese"];
const opinions = [
  ["is excellent", 1],
  ["is friendly and of high quality", 1],
  ["has a high customer rating", 1],
  ["is the best in the city", 1],
  ["is always a great choice", 1],
  ["is well worth the price", 1],
  ["is poor", 0],
  ["is not friendly and of low quality", 0],
  ["has a low customer rating", 0],
  ["is the worst in the city", 0],
  ["is never a good choice", 0],
  ["is not worth the price", 0],
];
const endings = ["", " , say customers", " , near the river", " , and we were there with the family"];

const rows = subjects.flatMap((subject, s) =>
  opinions.flatMap(([opinion, label], o) =>
    endings.map((ending, e) => ({ line: `${subject} ${opinion}${ending} . \t${label}`, held: (s + o + e) % 4 === 0 })),
  ),
);
for (const [split, held] of [
  ["train", false],
  ["dev", true],
]) {
  const lines = rows.filter((row) => row.held === held).map(({ line }) => line);
  writeFileSync(new URL(`sample/${split}.tsv`, import.meta.url), `sentence\tlabel\n${lines.join("\n")}\n`);
}
