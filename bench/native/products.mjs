// Times products with frozen weights on the native addon (which must be built), from one row (generation) to those of a
// training step, forward and backward, in both precisions:
//   node bench/native/products.mjs --in 768 --out 3072 --rows 1,4,16,2048
// Prints a table: GFLOP/s, and of how many bytes of weights a second. Each matrix is one of several, 200 MB together, so
// that weights come from memory as in a model.
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { row } from "./cases.mjs";

const { values: given } = parseArgs({
  options: {
    in: { type: "string", default: "768" },
    out: { type: "string", default: "3072" },
    rows: { type: "string", default: "1,2,4,8,16,128,2048" },
    threads: { type: "string", default: "2" },
    rounds: { type: "string", default: "3" },
  },
});
const [inFeatures, outFeatures, threads, rounds] = [given.in, given.out, given.threads, given.rounds].map(Number);
process.env.GOMP_SPINCOUNT ??= "1000000";
const addon = createRequire(import.meta.url)("../../packages/backend-native/build/Release/dylora_native.node");
addon.setThreads(threads);

const elements = inFeatures * outFeatures;
const weights = Float32Array.from({ length: elements }, (_, i) => Math.sin(i));
const { detail, bfloat16: inHardware } = addon.describe();
console.log(`${detail}, ${threads} threads, bfloat16 ${inHardware ? "in hardware" : "multiplied in float32"}`);
console.log(row(["precision", "rows", "direction", "GFLOP/s", "GB/s of weights"]));
console.log(row(["---", "---", "---", "---", "---"]));
for (const precision of ["float32", "bfloat16"]) {
  const bytes = elements * (precision === "float32" ? 4 : 2);
  const count = Math.max(1, Math.round(2e8 / bytes));
  const packed = Array.from({ length: count }, () =>
    addon.pack(weights, inFeatures, outFeatures, false, precision === "bfloat16"),
  );
  for (const rows of given.rows.split(",").map(Number)) {
    const taken = rows > 64 ? packed.slice(0, 2) : packed;
    for (const direction of ["forward", "backward"]) {
      const backward = direction === "backward";
      const x = new Float32Array(rows * (backward ? outFeatures : inFeatures)).fill(0.5);
      const y = new Float32Array(rows * (backward ? inFeatures : outFeatures));
      let best = Number.POSITIVE_INFINITY;
      for (let round = 0; round <= rounds; round++) {
        const start = performance.now();
        for (const matrix of taken) addon.applyPacked(matrix, backward, rows, x, null, y);
        best = Math.min(best, (performance.now() - start) / 1000 / taken.length);
      }
      const gflops = (2 * rows * elements) / best / 1e9;
      console.log(row([precision, rows, direction, gflops.toFixed(0), (bytes / best / 1e9).toFixed(1)]));
    }
  }
  for (const matrix of packed) addon.release(matrix);
}
