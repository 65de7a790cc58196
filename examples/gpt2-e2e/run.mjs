// Trains a DyLoRA of rank 8 on a sample of E2E, writes texts at ranks 1, 2, 4 and 8, scores them, and exports a rank.
//
//   node examples/gpt2-e2e/run.mjs [--no-build] [--short]
//
// First the packages are built, as npm start does; --no-build leaves them as they are. --short takes 10 steps and writes
// 4 texts at two ranks, to see that everything works.
// Results go to runs/gpt2-e2e; what an earlier run left there is replaced.
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { dylora, installAndBuild, root } from "../../scripts/run.mjs";

const here = relative(root, fileURLToPath(new URL(".", import.meta.url)));
const out = join("runs", "gpt2-e2e");

if (!process.argv.includes("--no-build")) await installAndBuild();
const short = process.argv.includes("--short");
const started = performance.now();

const data = ["--base", join(here, "model"), "--task", "e2e", "--data", join(here, "data"), "--prompt-form", "arrow"];
const length = short ? ["--steps", "10"] : ["--steps", "700", "--warmup", "20"];
const training = [...length, "--batch-size", "16", "--lr", "5e-3"];
const backend = ["--backend", "wasm"];

dylora("train", ...data, "--rank", "8", ...training, ...backend, "--out", out, "--overwrite");
dylora("sweep", out, ...(short ? ["--ranks", "1,8", "--limit", "4"] : ["--ranks", "1,2,4,8"]), ...backend);
const { recommendation } = JSON.parse(readFileSync(join(root, out, "sweep.json"), "utf8"));
const rank = String(recommendation?.rank ?? 8);
dylora("export", out, "--rank", rank, ...backend, "--out", join(out, "export", `rank-${rank}`));

console.log(
  `\nAll of it took ${((performance.now() - started) / 1000).toFixed(0)} s. Open ${join(out, "report.html")}`,
);
