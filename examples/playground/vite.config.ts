import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import { defaultClientConditions, defineConfig } from "vite";
import { viteStaticCopy } from "vite-plugin-static-copy";
import { saysEveryValue } from "./src/page/find-values.ts";

/** Lines that the train tab starts with. */
const LINES = 240;

/** Rows of `text, label` as lines `sentence => class`. */
const ratingLines = (tsv: string): string =>
  `${tsv
    .split("\n")
    .slice(1, LINES + 1)
    .map((line) => line.replace("\t", " => "))
    .join("\n")}\n`;

/** Rows of `mr, ref` whose sentence says every value, as lines `meaning => sentence`. */
function writingLines(csv: string): string {
  const rows: { mr: string; ref: string }[] = parse(csv, { columns: true });
  const whole = rows.filter(({ mr, ref }) => saysEveryValue(mr, ref));
  return whole
    .slice(0, LINES)
    .map(({ mr, ref }) => `${mr} => ${ref}\n`)
    .join("");
}

// Models, adapters and lines are those of the other examples: served from there, copied into a build.
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  worker: { format: "es" },
  build: { target: "es2022", chunkSizeWarningLimit: 1500 },
  resolve: { conditions: ["@dylora/source", ...defaultClientConditions] },
  plugins: [
    viteStaticCopy({
      targets: [
        ...[
          ["../quickstart/model", "quickstart/model"],
          ["../quickstart/adapter", "quickstart/adapter"],
          ["../gpt2-e2e/model", "gpt2-e2e/model"],
          ["adapter", "gpt2-e2e/adapter"],
        ].map(([src, dest = ""]) => ({ src: `${src}/*`, dest, rename: { stripBase: true as const } })),
        {
          src: "../quickstart/data/train.tsv",
          dest: "quickstart",
          rename: { stripBase: true, name: "lines.txt" },
          transform: ratingLines,
        },
        {
          src: "../gpt2-e2e/data/trainset.csv",
          dest: "gpt2-e2e",
          rename: { stripBase: true, name: "lines.txt" },
          transform: writingLines,
        },
      ],
    }),
  ],
});
