// Bytes a second that this machine reads from memory. Run as a program it measures: node read-bandwidth.mjs BYTES THREADS.
// The search for a byte that is not there is memchr, which reads and does next to nothing else.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const path = fileURLToPath(import.meta.url);

/** Measures in a process of its own, so that its memory does not count as the caller's. */
export async function readBandwidth(bytes, threads) {
  const { stdout } = await promisify(execFile)(process.execPath, [path, String(bytes), String(threads)]);
  return Number(stdout);
}

/** Best of several passes in which every thread reads its share. */
async function measure(bytes, threads) {
  const share = Math.ceil(bytes / threads);
  const workers = Array.from({ length: threads }, () => new Worker(path, { workerData: { share } }));
  const answers = () => Promise.all(workers.map((worker) => new Promise((resolve) => worker.once("message", resolve))));
  await answers();
  let best = 0;
  for (let pass = 0; pass < 7; pass++) {
    const done = answers();
    for (const worker of workers) worker.postMessage("read");
    // All bytes over the time of the slowest thread.
    best = Math.max(best, (share * threads) / Math.max(...(await done)));
  }
  for (const worker of workers) await worker.terminate();
  return best;
}

if (!isMainThread) {
  const buffer = Buffer.alloc(workerData.share, 1); // written, or all of it would be one page of zeros
  parentPort.on("message", () => {
    const start = performance.now();
    if (buffer.indexOf(2) !== -1) throw new Error("a byte that is not there was found");
    parentPort.postMessage((performance.now() - start) / 1000);
  });
  parentPort.postMessage("ready");
} else if (process.argv[1] === path) {
  const [bytes, threads] = process.argv.slice(2).map(Number);
  console.log(await measure(bytes, threads));
}
