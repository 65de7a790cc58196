// pnpm bench step [BEGINNING…] [--steps N] [--warmup N]: times training steps, evaluation forwards and generation of
// the native engine on real shapes with random weights, each case in a process of its own. Name cases by how they
// begin (train/roberta-base/16x128). Operations per second stand beside the rate of one frozen product of the engine,
// measured in the same process: the share is how much of a step runs at that rate.
import { parseArgs } from "node:util";
import { chosen, ours, row } from "./native/cases.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { steps: { type: "string", default: "5" }, warmup: { type: "string", default: "2" } },
});
const rounds = { steps: Number(values.steps), warmup: Number(values.warmup) };

console.log(row(["case", "seconds", "tokens/s", "GFLOP/s", "share of product", "peak MB"]));
console.log(row(["---", "---", "---", "---", "---", "---"]));
for (const given of chosen(positionals)) {
  const result = await ours(given, rounds);
  if (result.failed !== undefined) {
    console.log(row([given.name, `failed: ${result.failed}`, "", "", "", ""]));
    process.exitCode = 1;
    continue;
  }
  const share = result.share_of_product === undefined ? "" : `${Math.round(100 * result.share_of_product)} %`;
  const cells = [result.median_seconds, result.tokens_per_second, result.gflops ?? "", share];
  console.log(row([given.name, ...cells, Math.round(result.peak_rss_bytes / 1e6)]));
}
