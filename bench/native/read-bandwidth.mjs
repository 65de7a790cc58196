// Bytes a second that this machine reads from memory, in huge pages and asked for ahead, as the addon's kernels read
// weights. Run as a program it measures: node read-bandwidth.mjs BYTES THREADS.
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const path = fileURLToPath(import.meta.url);

/** What the addon measures at least. */
const least = 2 ** 20;

/** Measures in a process of its own, so that its memory does not count as the caller's. Fewer bytes than a MiB are read as one. */
export async function readBandwidth(bytes, threads) {
  const { stdout } = await promisify(execFile)(process.execPath, [
    path,
    String(Math.max(bytes, least)),
    String(threads),
  ]);
  return Number(stdout);
}

if (process.argv[1] === path) {
  const [bytes, threads] = process.argv.slice(2).map(Number);
  const addon = createRequire(path)("../../packages/backend-native/build/Release/dylora_native.node");
  addon.setThreads(threads);
  console.log(addon.readRate(bytes));
}
