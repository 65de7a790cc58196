// Writes docs/COMPATIBILITY.md: runs the conformance suite and the golden files on every backend that is here, and makes a
// table of backend and feature out of what passed, failed and was skipped: pnpm build && node tools/compatibility.mjs
// For the backend node, link a libtensorflow first (packages/backend-node/README.md).
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { packages } from "../scripts/packages.mjs";
import { root } from "../scripts/run.mjs";

/** Columns, and the names under which the suites report each. */
const backends = [
  { title: "cpu", suites: ["cpu"] },
  { title: "wasm", suites: ["wasm"] },
  { title: "native float32", suites: ["native, float32", "native"] },
  { title: "native bfloat16", suites: ["native, bfloat16"] },
  { title: "node float32", suites: ["node, float32", "node"] },
  { title: "node bfloat16", suites: ["node, bfloat16"] },
  { title: "webgpu", suites: ["webgpu", "webgpu, kernels of a GPU"] },
  { title: "node-gpu", suites: ["node-gpu"] },
];

/** Rows: a feature and the tests that show it, by the model of a golden file or by title. The first that fits takes a test. */
const features = [
  ["Whole RoBERTa equals transformers and PEFT: logits, loss, gradients", "roberta"],
  ["Whole GPT-2 equals transformers and PEFT: logits, loss, gradients", "gpt2"],
  ["Dropout masks depend on their place alone", /: dropout [\d.]+ does not depend/],
  ["NaN and infinity show", /NaN and infinity show/],
  ["The same bits in every run, no leaks", /the same bits again, nothing leaks/],
  ["Generation with a key-value cache", /^cachedBlock /],
  ["Transformer block with adapters, forward and gradient", /^transformerBlock\b.*equals float64/],
  ["LoRA pairs, a rank for each example", /^loraLinear\b.*equals float64/],
  ["Linear layers, frozen and trained", /^(linear|frozenLinear)\b.*equals float64/],
  ["Attention: masked, causal, dropout", /^attention\b.*equals float64/],
  ["Losses", /^(softmaxCrossEntropy|meanSquaredError)\b.*equals float64/],
  ["Norms, GELU, embedding and other operations", /equals float64, gradients equal finite differences/],
  ["AdamW: the same bits as its loop in JavaScript", /^adamw\b/],
  ["Products of tfjs itself, transposed or not", /^matMul and batchMatMul/],
  ["Bad input is refused with a clear error", /^refuses /],
  ["Starts, overlaps, stops, starts again", /init makes it|starts may overlap|disposed twice/],
];

/** Where the suites run: on tfjs's own backend, and in each backend's package. */
const testFiles = [
  "packages/tensor/src/cpu-backend.test.ts",
  ...["roberta", "gpt2"].map((name) => `packages/model-${name}/src/golden.test.ts`),
  ...packages
    .filter(({ folder }) => basename(folder).startsWith("backend-"))
    .flatMap(({ folder }) => readdirSync(join(folder, "src")).map((name) => relative(root, join(folder, "src", name))))
    .filter((path) => /[\\/](backend|(conformance|golden)(-\w+)?)\.test\.ts$/.test(path)),
];

/** Runs them: `{ backend, model, title, status }` of each test. */
function runSuites() {
  const folder = mkdtempSync(join(tmpdir(), "dylora-compatibility-"));
  const report = join(folder, "report.json");
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const args = [vitest, "run", "--silent=true", "--reporter=json", `--outputFile=${report}`, ...testFiles];
  spawnSync(process.execPath, args, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  const { testResults } = JSON.parse(readFileSync(report, "utf8"));
  rmSync(folder, { recursive: true });
  const broken = testResults.filter(({ assertionResults }) => assertionResults.length === 0);
  for (const { name, message } of broken) console.error(`${name} did not run: ${message}`);
  if (broken.length > 0) process.exit(1);
  return testResults.flatMap(({ name: file, assertionResults }) =>
    assertionResults.flatMap(({ ancestorTitles: [given = ""], title, status, failureMessages }) => {
      const suite = given.replaceAll("'", "");
      const [, backend] =
        /^(?:backend (.*)|(.*?)(?:: .*)? equals transformers and PEFT.*)$/.exec(suite)?.filter(Boolean) ?? [];
      const model =
        /roberta|gpt2/.exec(file)?.[0] ?? { RoBERTa: "roberta", "GPT-2": "gpt2" }[/: (RoBERTa|GPT-2)/.exec(suite)?.[1]];
      return backend === undefined || /^the descriptor answers/.test(title)
        ? []
        : [{ backend, model, title, status, message: failureMessages?.[0] }];
    }),
  );
}

/** What a backend's package says of itself here. */
async function describeBackend(name) {
  const module = pathToFileURL(join(root, "packages", `backend-${name}`, "dist", "index.js"));
  const state = await (await import(module.href)).descriptor.available();
  return state.detail ?? `${state.reason}; ${state.remedy}`;
}

/** The row that a test belongs to. */
const featureOf = ({ model, title }) => features.find(([, pattern]) => pattern === model || pattern.test?.(title))?.[0];

/** What a cell says: how many tests of a feature passed on a backend, of how many. */
function cell(tests) {
  const passed = tests.filter(({ status }) => status === "passed").length;
  const failed = tests.filter(({ status }) => status === "failed").length;
  if (passed + failed === 0) return "–";
  return `${failed === 0 ? "✓" : "✗"} ${passed === tests.length ? passed : `${passed} of ${tests.length}`}`;
}

const tests = runSuites();
const testsOf = ({ suites }) => tests.filter(({ backend }) => suites.includes(backend));
const ran = (backend) => testsOf(backend).some(({ status }) => status === "passed" || status === "failed");

const table = [
  ["Feature", ...backends.map(({ title }) => title)],
  ["---", ...backends.map(() => "---")],
  ...features.map(([feature]) => [
    feature,
    ...backends.map((backend) => cell(testsOf(backend).filter((one) => featureOf(one) === feature))),
  ]),
].map((row) => `| ${row.join(" | ")} |`);

const failures = tests.filter(({ status }) => status === "failed");
const about = [
  "| backend | what ran |",
  "| --- | --- |",
  "| cpu | tfjs's own backend in JavaScript, the plainest there is |",
];
for (const name of ["wasm", "native", "node", "webgpu", "node-gpu"]) {
  const columns = backends.filter(({ title }) => title.split(" ")[0] === name);
  about.push(`| ${name} | ${columns.some(ran) ? "" : "did not run: "}${await describeBackend(name)} |`);
}

const page = `---
title: What runs where
category: Measured
---

# What runs where

This page tells you which backend passes which tests, so that you can see what works where before you choose one. It was
written by \`node tools/compatibility.mjs\` (after \`pnpm build\`) from a run of the conformance suite and the golden files on
${cpus()[0].model.trim()} (${availableParallelism()} threads), Node ${process.versions.node}.

In a cell, ✓ stands with the number of tests that passed. ✗ stands with the number that passed of how many, and – means that no
test of the feature ran.

${table.join("\n")}

## The backends of this run

${about.join("\n")}

## What is behind the numbers

- Every operation and gradient is compared with a float64 reference and its finite differences, within the tolerance that the
  backend declares. In float32 that is 1e-5. In bfloat16 the suite allows 9e-2, because its cases have attention scores in
  the tens.
- Golden files are logits, losses and gradients that transformers and PEFT computed in float32. In float32 they are met
  within 1e-4. In bfloat16 they are met within 0.2 of the greatest number of each tensor, for the same reason. PyTorch's own
  autocast in bfloat16 is as far off (logits 0.09, gradients 0.2). At GPT-2's rank 3 it is off by 1.05, so that test is left
  out.
- \`packages/backend-native/src/precision.test.ts\` compares native's bfloat16 with its float32 as a whole. Gradients agree
  within 2 % in one block and within 10 % after twelve.
- node's bfloat16 is a permission. oneDNN rounds where the CPU multiplies bfloat16 faster (AVX-512 bf16, AMX), and it
  computes in float32 elsewhere. native stores bfloat16 on every CPU.
- webgpu runs both suites twice, once with the kernels that \`init\` chose for the device and once with all that a GPU gets.
- If a backend did not run here, the list above says why. node-gpu has not been run on a GPU yet.
${failures.length === 0 ? "" : `\n## What fails\n\n${failures.map(({ backend, title, message = "" }) => `- ${backend}: ${title}: ${message.split("\n", 1)[0]}`).join("\n")}\n`}`;
writeFileSync(join(root, "docs", "COMPATIBILITY.md"), page);
console.log(`docs/COMPATIBILITY.md: ${tests.length} tests, ${failures.length} failures`);
if (tests.length === 0 || tests.some((one) => featureOf(one) === undefined)) {
  const [stray] = tests.filter((one) => featureOf(one) === undefined);
  console.error(`no row takes the test "${stray?.title}"`);
  process.exit(1);
}
// A backend that was asked may keep a device open.
process.exit(0);
