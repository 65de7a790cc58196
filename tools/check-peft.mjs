// Exports every rank of a run and compares `dylora predict --rank b` with the logits that Python's transformers and PEFT
// compute from the exported folder; and the same for the weights merged at each rank, which Python loads alone.
//
//   node tools/check-peft.mjs RUN [--python PATH] [--input in.jsonl] [--tolerance 1e-4]
//
// Without --input the lines are token ids drawn from a fixed seed. Needs the build, and a Python with bench/peers/
// requirements.txt; without such a Python it says so and does nothing.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const bin = join(root, "packages", "cli", "dist", "bin.js");
const peer = join(root, "bench", "peers", "peft_logits.py");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: "string", default: "python3" },
    input: { type: "string" },
    tolerance: { type: "string", default: "1e-4" },
  },
});
const [run] = positionals;
if (run === undefined || positionals.length > 1) {
  console.error("usage: node tools/check-peft.mjs RUN [--python PATH] [--input in.jsonl] [--tolerance 1e-4]");
  process.exit(2);
}

function execute(program, args) {
  const { status, stderr, error } = spawnSync(program, args, { encoding: "utf8", maxBuffer: 2 ** 26 });
  if (error) throw error;
  if (status !== 0) throw new Error(`${[program, ...args].join(" ")} ended with ${status}:\n${stderr}`);
}

const dylora = (...args) => execute(process.execPath, [bin, ...args]);
const readLines = (path) =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

/** Inputs of all lengths, drawn from a linear congruential generator. */
function drawLines({ vocab_size: vocabulary }, maxLength) {
  let state = 1;
  const draw = (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return Array.from({ length: 32 }, (_, index) => {
    const length = 1 + ((index * 5) % (maxLength - 2));
    const ids = [0, ...Array.from({ length }, () => 4 + draw(vocabulary - 4)), 2];
    return JSON.stringify({ input_ids: ids, attention_mask: ids.map(() => 1) });
  });
}

function largestDifference(first, second) {
  const [a, b] = [readLines(first), readLines(second)];
  if (a.length !== b.length) throw new Error(`${first} has ${a.length} lines, ${second} ${b.length}`);
  const differences = a.flatMap(({ logits }, row) => {
    if (logits.length !== b[row].logits.length) throw new Error(`line ${row + 1}: another number of logits`);
    return logits.map((value, index) => Math.abs(value - b[row].logits[index]));
  });
  return differences.some(Number.isNaN) ? Number.NaN : Math.max(...differences);
}

const probe = spawnSync(values.python, ["-c", "import peft, torch, transformers; print(peft.__version__)"], {
  encoding: "utf8",
});
if (probe.error || probe.status !== 0) {
  console.log(
    `skipped: ${values.python} cannot import peft, torch and transformers (see bench/peers/requirements.txt)`,
  );
  process.exit(0);
}

const record = JSON.parse(readFileSync(join(run, "run.json"), "utf8"));
const config = JSON.parse(readFileSync(join(record.base.name, "config.json"), "utf8"));
const folder = mkdtempSync(join(tmpdir(), "check-peft-"));
const at = (name) => join(folder, name);
let worst = 0;
try {
  const input = values.input ?? at("in.jsonl");
  if (values.input === undefined) writeFileSync(input, `${drawLines(config, record.base.maxLength).join("\n")}\n`);
  const cut = ["--max-length", String(record.base.maxLength)];
  console.log(`PEFT ${probe.stdout.trim()}, ${readLines(input).length} inputs, largest difference of any logit`);
  console.log("rank  PEFT folder  merged");
  for (let rank = 1; rank <= record.settings.rank; rank++) {
    const [ours, adapter, merged] = [at(`ours-${rank}.jsonl`), at(`rank-${rank}`), at(`merged-${rank}`)];
    dylora("predict", "--adapter", run, "--rank", String(rank), "--input", input, "--output", ours);
    dylora("export", run, "--rank", String(rank), "--out", adapter);
    dylora("export", run, "--rank", String(rank), "--merge", "--out", merged);
    const found = [
      ["peft.jsonl", ["--base", record.base.name, "--adapter", adapter]],
      ["merged.jsonl", ["--base", merged]],
    ].map(([name, args]) => {
      execute(values.python, [peer, ...args, ...cut, "--input", input, "--output", at(name)]);
      return largestDifference(ours, at(name));
    });
    worst = found.some(Number.isNaN) ? Number.NaN : Math.max(worst, ...found);
    console.log(`${String(rank).padStart(4)}  ${found[0].toExponential(2).padStart(11)}  ${found[1].toExponential(2)}`);
    rmSync(merged, { recursive: true });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
// Written so that NaN fails.
if (!(worst <= Number(values.tolerance))) {
  console.error(`above the tolerance of ${values.tolerance}`);
  process.exit(1);
}
