// Trains a DyLoRA of rank 8 on a sample of E2E, writes texts at ranks 1, 2, 4 and 8, scores them, and exports a rank.
//
//   node examples/gpt2-e2e/run.mjs [--no-build]
//
// First the packages are built, as npm start does; --no-build leaves them as they are.
// Results go to runs/gpt2-e2e; what an earlier run left there is replaced.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { installAndBuild, root } from "../../scripts/run.mjs";

const cli = join(root, "packages", "cli", "dist", "bin.js");
const here = relative(root, fileURLToPath(new URL(".", import.meta.url)));
const out = join("runs", "gpt2-e2e");

/** Runs `dylora` with its output on ours; ends this process with its status when it fails. */
function dylora(...args) {
  console.log(`\n$ dylora ${args.join(" ")}`);
  const { status, signal } = spawnSync(process.execPath, [cli, ...args], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(signal === null ? (status ?? 1) : 130);
}

if (!process.argv.includes("--no-build")) installAndBuild();
const started = performance.now();

const data = ["--base", join(here, "model"), "--task", "e2e", "--data", join(here, "data"), "--prompt-form", "arrow"];
const training = ["--steps", "700", "--batch-size", "16", "--lr", "5e-3", "--warmup", "20"];
const engine = ["--backend", "wasm"];

dylora("train", ...data, "--rank", "8", ...training, ...engine, "--out", out, "--overwrite");
dylora("sweep", out, "--ranks", "1,2,4,8", ...engine);
const { recommendation } = JSON.parse(readFileSync(join(root, out, "sweep.json"), "utf8"));
const rank = String(recommendation?.rank ?? 8);
dylora("export", out, "--rank", rank, ...engine, "--out", join(out, "export", `rank-${rank}`));

console.log(
  `\nAll of it took ${((performance.now() - started) / 1000).toFixed(0)} s. Open ${join(out, "report.html")}`,
);
