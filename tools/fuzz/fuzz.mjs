// Feeds damaged and hostile files to every reader, in worker processes with limits of time and memory:
//   pnpm fuzz [--cases 20000] [--minutes M] [--reader NAME,...] [--seed N] [--workers N] [--finds DIR] [--replay FILE]
// A reader must return or throw a DyloraError whose message is safe to print. Anything else (another error, an unhandled
// rejection, a dead process, 5 s, 1 GB) is a find: it is printed with reader, seed and case, its files are kept in --finds,
// and the exit code is 1. The same seed gives the same cases.
import { fork } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const SECONDS = 5;
const MEGABYTES = 1000;
/** Cases that a worker takes at once. */
const SHARE = 2_000;

const { values: given } = parseArgs({
  options: {
    cases: { type: "string", default: "20000" },
    minutes: { type: "string" },
    reader: { type: "string" },
    seed: { type: "string", default: "1" },
    workers: { type: "string", default: String(Math.min(2, availableParallelism())) },
    finds: { type: "string", default: "fuzz-finds" },
    replay: { type: "string" },
  },
});
const seed = Number(given.seed);
const root = fileURLToPath(new URL("../..", import.meta.url));
process.chdir(root);
const temporary = mkdtempSync(join(tmpdir(), "dylora-fuzz-"));
const bundle = join(root, "packages/finetune/node_modules/.cache/dylora-fuzz", String(process.pid), "worker");

await build({
  entryPoints: {
    worker: "tools/fuzz/worker.ts",
    ...(await parquetProcess()),
  },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  conditions: ["@dylora/source"],
  // Backends, and what only runs as a whole package.
  external: ["@tensorflow/*", "@dylora/backend-*", "jiti", "fsevents"],
  banner: {
    js: 'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);',
  },
  outdir: bundle,
  logLevel: "error",
});

/** The parquet reader starts a process from a file beside its own. */
async function parquetProcess() {
  const { existsSync } = await import("node:fs");
  const path = "packages/data/src/node/parquet-process.js";
  return existsSync(path) ? { "parquet-process": path } : {};
}

// The library reads its version two folders above its files.
copyFileSync("packages/finetune/package.json", join(bundle, "../../package.json"));

let workerCount = 0;

/** A worker process, and what it is doing. */
function startWorker() {
  const folder = join(temporary, `worker-${workerCount++}`);
  const stateFile = `${folder}.state`;
  mkdirSync(folder);
  const child = fork(join(bundle, "worker.js"), [folder, stateFile], {
    execArgv: ["--max-old-space-size=900", "--no-deprecation"],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const worker = { child, stateFile, stderr: "", cases: 0, onMessage: (_) => {}, killed: undefined, started: false };
  child.stderr.on("data", (chunk) => {
    worker.stderr = (worker.stderr + chunk).slice(-2_000);
  });
  child.on("message", (message) => worker.onMessage(message));
  worker.ready = new Promise((done) => {
    worker.onMessage = (message) => {
      worker.started = true;
      done(message.readers);
    };
  });
  worker.ended = new Promise((done) => child.on("exit", (code, signal) => done({ code, signal })));
  void worker.ended.then(() => {
    if (worker.started) return;
    console.error(worker.stderr);
    console.error("a worker cannot start");
    process.exit(1);
  });
  return worker;
}

const caseOf = ({ stateFile }) => Number(readFileSync(stateFile, "latin1"));

function megabytesOf(pid) {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? 0) / 1000;
  } catch {
    return 0;
  }
}

/** Seconds of processor time that a process has used; undefined where the system does not say. */
function secondsOf(pid) {
  try {
    const [user, system] = readFileSync(`/proc/${pid}/stat`, "latin1").replace(/.*\) /, "").split(" ").slice(11, 13);
    return (Number(user) + Number(system)) / 100;
  } catch {
    return undefined;
  }
}

/** Sends a task and waits for its end: `done`, or what killed the worker and in which case. */
async function carryOut(worker, task, onFault, last = task.last) {
  let finish;
  const finished = new Promise((done) => {
    finish = done;
  });
  let answer;
  worker.onMessage = (message) => {
    if (message.type === "fault") onFault(message);
    else {
      answer = message;
      finish();
    }
  };
  let [at, since, spent] = [-1, performance.now(), 0];
  const watch = setInterval(() => {
    const now = caseOf(worker);
    const used = secondsOf(worker.child.pid);
    if (now !== at) [at, since, spent] = [now, performance.now(), used ?? 0];
    const waited = (performance.now() - since) / 1000;
    // On a busy machine a case takes longer than its own work. Shrinking a find takes its time too.
    const limit = last === undefined ? SECONDS : SECONDS + 5;
    const late = used === undefined ? waited > limit : used - spent > limit || waited > 10 * SECONDS;
    const large = megabytesOf(worker.child.pid) > MEGABYTES;
    if (!late && !large) return;
    worker.killed = late
      ? { kind: "hang", what: `over ${SECONDS} s` }
      : { kind: "memory", what: `over ${MEGABYTES} MB` };
    worker.child.kill("SIGKILL");
  }, 250);
  worker.child.send(task);
  const end = await Promise.race([finished, worker.ended]);
  clearInterval(watch);
  if (answer !== undefined) return { answer };
  const reason = worker.stderr.match(/FATAL ERROR.*|Fatal .*|.*Error:.*/)?.[0] ?? JSON.stringify(end);
  return { fault: worker.killed ?? { kind: "death", what: reason.slice(0, 200) }, index: caseOf(worker) };
}

const finds = new Map();
let findCount = 0;

function keepFind({ reader, index, fault, files }) {
  findCount++;
  const signature = `${reader}: ${fault.kind}: ${fault.place ?? ""}`;
  const find = finds.get(signature) ?? { reader, fault, times: 0, kept: [] };
  find.times++;
  finds.set(signature, find);
  if (files === undefined || find.kept.length >= 2) return;
  mkdirSync(given.finds, { recursive: true });
  const path = join(given.finds, `${reader}-${seed}-${index}.json`);
  writeFileSync(path, JSON.stringify({ reader, seed, index, fault, files }, null, 1));
  find.kept.push(path);
  console.log(`find: ${reader}, seed ${seed}, case ${index}: ${fault.kind}: ${fault.what}\n      ${path}`);
}

/** Runs a case that killed its worker again, alone, so that nothing before it is to blame. */
async function confirm(reader, index, fault) {
  const asked = startWorker();
  await asked.ready;
  const described = await carryOut(asked, { reader, seed, describe: index }, () => {});
  asked.child.kill();
  const files = described.answer?.files;
  if (files === undefined)
    return keepFind({ reader, index, fault: { ...fault, what: `${fault.what} (making the input)` } });
  const again = await replay(reader, files);
  if (again !== undefined) keepFind({ reader, index, fault: again, files });
  else
    console.log(`${reader}, seed ${seed}, case ${index}: ${fault.kind} (${fault.what}) not seen again when run alone`);
}

async function replay(reader, files) {
  const worker = startWorker();
  await worker.ready;
  const { answer, fault } = await carryOut(worker, { reader, files }, () => {});
  worker.child.kill();
  return fault ?? answer.fault;
}

async function replayFile(path) {
  const { reader, files } = JSON.parse(readFileSync(path, "utf8"));
  const fault = await replay(reader, files);
  console.log(
    fault === undefined ? `${path}: ${reader} answers as it should` : `${path}: ${fault.kind}: ${fault.what}`,
  );
  return fault === undefined;
}

async function fuzz() {
  const probe = startWorker();
  const all = await probe.ready;
  probe.child.kill();
  const wanted = given.reader?.split(",");
  const unknown = wanted?.find((name) => !all.some((reader) => reader.name === name));
  if (unknown !== undefined)
    throw new Error(`no reader ${unknown}; there are ${all.map(({ name }) => name).join(", ")}`);
  const chosen = all.filter(({ name }) => wanted === undefined || wanted.includes(name));
  const weights = chosen.reduce((sum, { weight }) => sum + weight, 0);
  const counts = new Map(chosen.map(({ name, weight }) => [name, Math.ceil((Number(given.cases) * weight) / weights)]));
  const shares = [];
  for (const [reader, count] of counts) {
    const size = Math.min(SHARE, Math.ceil(count / 4));
    for (let first = 0; first < count; first += size)
      shares.push({ reader, first, last: Math.min(first + size, count) - 1 });
  }
  // Readers take turns, so that a run which is cut short has seen all of them.
  shares.sort((a, b) => a.first / counts.get(a.reader) - b.first / counts.get(b.reader));
  const end =
    given.minutes === undefined ? Number.POSITIVE_INFINITY : performance.now() + Number(given.minutes) * 60_000;
  const stats = new Map(chosen.map(({ name }) => [name, { cases: 0, seconds: 0 }]));
  const began = performance.now();
  const soFar = () => [...stats.values()].reduce((sum, { cases }) => sum + cases, 0);
  const told = setInterval(() => {
    console.error(`${((performance.now() - began) / 60_000).toFixed(0)} min: ${soFar()} cases, ${findCount} finds`);
  }, 60_000);

  async function work() {
    let worker = startWorker();
    await worker.ready;
    for (let share = shares.shift(); share !== undefined && performance.now() < end; share = shares.shift()) {
      const { reader, first, last } = share;
      const started = performance.now();
      const { answer, fault, index } = await carryOut(worker, { reader, seed, first, last }, keepFind);
      const stat = stats.get(reader);
      stat.seconds += (performance.now() - started) / 1000;
      if (answer !== undefined) {
        stat.cases += last - first + 1;
        worker.cases += last - first + 1;
      } else {
        stat.cases += index - first + 1;
        if (index < last) shares.unshift({ reader, first: index + 1, last });
        await confirm(reader, index, fault);
      }
      if (answer !== undefined && worker.cases < 40_000) continue;
      worker.child.kill();
      worker = startWorker();
      await worker.ready;
    }
    worker.child.kill();
  }
  await Promise.all(Array.from({ length: Number(given.workers) }, work));
  clearInterval(told);

  const rows = [...stats].map(([reader, { cases, seconds }]) => ({
    reader,
    cases,
    rate: Math.round(cases / Math.max(seconds, 1e-3)),
  }));
  console.log(`${"reader".padEnd(20)}${"cases".padStart(10)}${"cases/s".padStart(10)}${"finds".padStart(8)}`);
  for (const { reader, cases, rate } of rows) {
    const times = [...finds.values()]
      .filter((find) => find.reader === reader)
      .reduce((sum, find) => sum + find.times, 0);
    console.log(
      `${reader.padEnd(20)}${String(cases).padStart(10)}${String(rate).padStart(10)}${String(times).padStart(8)}`,
    );
  }
  const minutes = (performance.now() - began) / 60_000;
  console.log(
    `${soFar()} cases, seed ${seed}, in ${minutes.toFixed(1)} minutes: ${findCount} finds of ${finds.size} kinds`,
  );
  return findCount === 0;
}

try {
  const good = given.replay === undefined ? await fuzz() : await replayFile(resolve(given.replay));
  process.exitCode = good ? 0 : 1;
} finally {
  rmSync(temporary, { recursive: true, force: true });
  rmSync(dirname(bundle), { recursive: true, force: true });
}
