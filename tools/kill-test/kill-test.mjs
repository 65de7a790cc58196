// Kills the built command with SIGKILL at random moments and looks at what is left:
//   pnpm kill-test [--kills 100] [--seed 1] [--only training,export] [--keep]
// A run must go on to the bytes of one that nobody killed; what replaces something must leave the old or the new. It prints a
// table; the exit code is 1 when anything was lost. The same seed chooses the same moments, as shares of the time that a
// scenario takes. --keep leaves the folders of what failed.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { startHub } from "./hub.mjs";
import { makeSample } from "./sample.mjs";
import { scenariosFor } from "./scenarios.mjs";

const { values: given } = parseArgs({
  options: {
    kills: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
    keep: { type: "boolean", default: false },
  },
});
const root = fileURLToPath(new URL("../..", import.meta.url));
const bin = join(root, "packages/cli/dist/bin.js");
const library = join(root, "packages/io/dist/node/index.js");
for (const built of [bin, library]) {
  if (existsSync(built)) continue;
  console.error(`${built} is missing: run pnpm build`);
  process.exit(2);
}

/** Numbers from 0 to 1 that the seed decides (mulberry32). */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Runs a program, and kills it after some milliseconds where they are given. */
async function start(program, args, killAfter) {
  const child = spawn(process.execPath, [...program, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal })));
  const stop = new AbortController();
  if (killAfter !== undefined) {
    wait(killAfter, undefined, { signal: stop.signal }).then(
      () => child.kill("SIGKILL"),
      () => {},
    );
  }
  const { code, signal } = await ended;
  stop.abort();
  if (signal === null && code !== 0)
    throw new Error(`exit code ${code}: ${said.trim().split("\n").slice(-3).join(" | ")}`);
  return signal !== null;
}

/** Moments drawn for each kill, at the most. */
const MOST_DRAWS = 6;

const work = mkdtempSync(join(tmpdir(), "dylora-kill-"));
const sample = makeSample(root, work);
const files = Object.fromEntries(
  ["config.json", "model.safetensors", "vocab.json", "merges.txt"].map((name) => [
    name,
    readFileSync(join(sample.writer, name)),
  ]),
);
const server = await startHub("o/m", { ...files, "tokenizer.model": Buffer.alloc(3_000_000, "dylora") });
const hub = {
  endpoint: server.endpoint,
  found(cache) {
    if (!existsSync(cache)) return "";
    const blobs = readdirSync(cache, { recursive: true }).filter((name) => /blobs.[0-9a-f]{40,64}$/.test(name));
    return blobs
      .sort()
      .map((name) => `${name} ${readFileSync(join(cache, name)).length}`)
      .join("\n");
  },
};

const only = given.only?.split(",");
const scenarios = scenariosFor(sample, pathToFileURL(library).href, hub).filter(
  ({ name }) => only === undefined || only.includes(name),
);
const random = randomFrom(Number(given.seed));
const results = [];
let failures = 0;
for (const [place, scenario] of scenarios.entries()) {
  const program = scenario.program ?? [bin];
  const run = (args) => start([bin], args);
  const runOwn = (args) => start(program, args);
  const folderOf = (name) => {
    const folder = join(work, scenario.name, String(name));
    mkdirSync(folder, { recursive: true });
    return folder;
  };
  const whole = folderOf("whole");
  await scenario.prepare(whole, run);
  const began = performance.now();
  await runOwn(scenario.args(whole));
  let took = performance.now() - began;
  const wanted = scenario.whole(whole);
  const kills =
    Math.floor(Number(given.kills) / scenarios.length) + (place < Number(given.kills) % scenarios.length ? 1 : 0);
  const found = {};
  const wrongs = [];
  let killed = 0;
  // A program that was quicker than its kill is no test: the time is measured anew, and another moment drawn.
  for (let kill = 0; killed < kills && kill < MOST_DRAWS * kills; kill++) {
    const folder = folderOf(kill);
    const share = 0.35 + 0.65 * random();
    let outcome;
    try {
      await scenario.prepare(folder, run);
      const started = performance.now();
      if (await start(program, scenario.args(folder), share * took)) killed++;
      else took = performance.now() - started;
      outcome = await scenario.recover(folder, runOwn, wanted);
    } catch (error) {
      outcome = { found: "error", wrong: error.message };
    }
    found[outcome.found] = (found[outcome.found] ?? 0) + 1;
    if (outcome.wrong === undefined || !given.keep) rmSync(folder, { recursive: true, force: true });
    if (outcome.wrong !== undefined)
      wrongs.push(`${scenario.name}, kill ${kill} at ${(100 * share).toFixed(1)} %: ${outcome.wrong}`);
  }
  if (killed < kills) wrongs.push(`${scenario.name}: only ${killed} of ${kills} kills met the program while it ran`);
  failures += wrongs.length;
  for (const wrong of wrongs) console.error(wrong);
  const states = Object.entries(found).map(([state, count]) => `${count} ${state}`);
  results.push({ scenario: scenario.name, kills, killed, found: states.join(", "), lost: wrongs.length });
}
console.table(results);
server.close();
if (failures === 0 || !given.keep) rmSync(work, { recursive: true, force: true });
else console.error(`kept: ${work}`);
process.exit(failures === 0 ? 0 : 1);
