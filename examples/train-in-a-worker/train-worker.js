// The worker: trains some more steps of a run, tells each, and ends.
import { parentPort, workerData } from "node:worker_threads";
import { finetune, openModel, openTask } from "dylora";

const { base, table, text, label, out, until, resume } = workerData;
const stop = new AbortController();
parentPort.on("message", () => stop.abort(new Error("stopped")));

const model = await openModel(base, { backend: "wasm" });
const task = await openTask(table, { text, label });
try {
  // A constant schedule, so that a run that is made longer equals one that was begun at that length.
  const options = { out, resume, steps: until, maxRank: 8, schedule: "constant", signal: stop.signal };
  const job = finetune(model, task, options);
  for await (const event of job) {
    if (event.type === "step") parentPort.postMessage({ step: event.step, loss: event.loss });
  }
  const run = await job;
  await run.close();
} catch (error) {
  // The run folder has a checkpoint, and the next budget goes on from it.
  parentPort.postMessage({ problem: error.message });
} finally {
  await model.close();
  parentPort.close();
}
