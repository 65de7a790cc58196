// Trains a DyLoRA of rank 8 on a GLUE task, evaluates every rank, and exports the recommended one.
//
//   npm run example roberta-glue -- [--task NAME] [--data DIR] [--base DIR] [any option of dylora train]
//
// Without options: SST-2's layout with the sample beside this file, on the small RoBERTa of examples/quickstart. Folders
// are relative to the root of the repository. Results go to runs/roberta-glue; what an earlier run left there is replaced.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { dylora, root } from "../../scripts/run.mjs";

const given = process.argv.slice(2);
const out = join("runs", "roberta-glue");

// The last of two equal options counts, so that what is given has precedence.
const data = ["--base", "examples/quickstart/model", "--task", "sst2", "--data", "examples/roberta-glue/sample"];
const training = ["--rank", "8", "--batch-size", "16", "--lr", "3e-3", "--warmup-ratio", "0.06"];
dylora("train", ...data, ...training, ...given, "--out", out, "--overwrite");
dylora("sweep", out);
const { recommendation } = JSON.parse(readFileSync(join(root, out, "sweep.json"), "utf8"));
const rank = String(recommendation?.rank ?? 8);
dylora("export", out, "--rank", rank, "--out", join(out, "export", `rank-${rank}`));
console.log(`\nOpen ${join(out, "report.html")}`);
