// Trains the adapters that examples are run with, and writes them beside their models as PEFT folders.
//
//   node tools/example-adapters.mjs        (after pnpm build; about three minutes)
//
// Both are DyLoRA adapters of rank 8, exported whole: each of their ranks can be used.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dylora, root } from "../scripts/run.mjs";

const recipes = [
  {
    example: "quickstart",
    data: ["--task", "examples/quickstart/data/task.json"],
    training: ["--steps", "300"],
    lr: "3e-3",
  },
  {
    example: "gpt2-e2e",
    data: ["--task", "e2e", "--data", "examples/gpt2-e2e/data", "--prompt-form", "arrow"],
    training: ["--steps", "700", "--batch-size", "16", "--warmup", "20"],
    lr: "5e-3",
  },
];
const backend = ["--backend", "wasm"];

for (const { example, data, training, lr } of recipes) {
  const out = join("runs", `adapter-${example}`);
  const adapter = join("examples", example, "adapter");
  const base = ["--base", `examples/${example}/model`];
  dylora("train", ...base, ...data, ...training, "--lr", lr, "--rank", "8", ...backend, "--out", out, "--overwrite");
  dylora("export", out, "--rank", "8", ...backend, "--out", adapter, "--overwrite");
  // The command writes absolute paths; in the repository they begin at its root.
  for (const name of readdirSync(join(root, adapter))) {
    if (name.endsWith(".safetensors")) continue;
    const file = join(root, adapter, name);
    writeFileSync(file, readFileSync(file, "utf8").replaceAll(`${root}/`, ""));
  }
  rmSync(join(root, out), { recursive: true });
}
