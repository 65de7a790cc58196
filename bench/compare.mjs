// pnpm bench compare [BEGINNING…] [--rounds N] [--steps N] [--warmup N] [--python PROGRAM] [--json FILE]: the native
// engine and torch + transformers + PEFT (bench/peers/pytorch_peft.py) in turn on one machine, each run a process of its
// own. Ours is compared with the best of PyTorch's rows; where the CPU does not multiply bfloat16, PyTorch's bfloat16
// would take minutes a step and is left out for its float32. Run it on a machine that does nothing else.
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chosen, measured, median, optionsOf, ours, row } from "./native/cases.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "3" },
    steps: { type: "string", default: "5" },
    warmup: { type: "string", default: "2" },
    python: { type: "string", default: process.env.PYTHON ?? "python3" },
    json: { type: "string" },
  },
});
const timed = { steps: Number(values.steps), warmup: Number(values.warmup) };
const peer = fileURLToPath(new URL("peers/pytorch_peft.py", import.meta.url));

const addon = createRequire(import.meta.url)("../packages/backend-native/build/Release/dylora_native.node");
const { detail, bfloat16: multipliesBfloat16 } = addon.describe();
if (!multipliesBfloat16) console.error(`${detail}: no products of bfloat16; PyTorch is asked for float32 alone`);

/** PyTorch's ways to do the same: its precision and mode. */
function rowsOfPeer({ what, precision }) {
  if (what === "generate") {
    const precisions = multipliesBfloat16 ? ["float32", "bfloat16"] : ["float32"];
    return precisions.map((own) => ({ precision: own, mode: "eager" }));
  }
  const own = precision === "bfloat16" && multipliesBfloat16 ? "autocast" : "float32";
  return ["eager", "compile"].map((mode) => ({ precision: own, mode }));
}

function summary(results) {
  const failed = results.find((result) => result.failed !== undefined);
  if (failed !== undefined) return failed;
  const share = results.map((result) => result.share_of_product ?? result.share_of_bandwidth);
  return {
    seconds: median(results.map((result) => result.median_seconds)),
    tokens: median(results.map((result) => result.tokens_per_second)),
    megabytes: Math.max(...results.map((result) => result.peak_rss_bytes)) / 1e6,
    share: share.includes(undefined) ? undefined : median(share),
  };
}

const report = [];
console.log(
  row([
    "case",
    "dylora s",
    "tokens/s",
    "share of peak",
    "peak MB",
    "best PyTorch s",
    "peak MB",
    "times as fast",
    "memory",
  ]),
);
console.log(row(Array(9).fill("---")));
for (const given of chosen(positionals)) {
  const peers = rowsOfPeer(given).map((options) => ({ ...options, results: [] }));
  const own = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    own.push(await ours(given, timed));
    for (const { precision, mode, results } of peers) {
      const args = [peer, "--what", given.what, "--precision", precision, "--mode", mode];
      const rest = optionsOf(given, timed).filter((word, i, all) => word !== "--what" && all[i - 1] !== "--what");
      results.push(await measured(values.python, [...args, ...rest]));
    }
  }
  const mine = summary(own);
  const theirs = peers.map(({ precision, mode, results }) => ({ precision, mode, ...summary(results) }));
  report.push({ case: given, dylora: mine, pytorch: theirs, runs: { dylora: own, pytorch: peers } });
  const best = theirs.filter(({ failed }) => failed === undefined).sort((a, b) => a.seconds - b.seconds)[0];
  if (mine.failed !== undefined || best === undefined) {
    console.log(row([given.name, `failed: ${mine.failed ?? theirs[0].failed}`, ...Array(7).fill("")]));
    process.exitCode = 1;
    continue;
  }
  const share = mine.share === undefined ? "" : `${Math.round(100 * mine.share)} %`;
  const theirCell = `${best.seconds.toFixed(3)} (${best.precision}, ${best.mode})`;
  console.log(
    row([
      ...[given.name, mine.seconds.toFixed(3), mine.tokens.toFixed(0), share, mine.megabytes.toFixed(0), theirCell],
      ...[
        best.megabytes.toFixed(0),
        (best.seconds / mine.seconds).toFixed(2),
        (mine.megabytes / best.megabytes).toFixed(2),
      ],
    ]),
  );
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 1)}\n`);
