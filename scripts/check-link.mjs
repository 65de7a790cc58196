// Links tfjs-node to a TensorFlow of today for real, and holds the backend to the conformance suite and the golden files:
// node scripts/check-link.mjs [--libtensorflow DIR]. Without DIR, pip is asked for the CPU wheel of TensorFlow; where it has
// none for this machine, or no compiler is there, one line says that the check was skipped. The packages must be built.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "./run.mjs";

const { values } = parseArgs({ options: { libtensorflow: { type: "string" } } });
const folder = mkdtempSync(join(tmpdir(), "dylora-link-"));
const bin = join(root, "packages", "backend-node", "bin", "backend-node.mjs");
const patience = { pip: 240_000, npm: 180_000 };

function skip(reason) {
  console.log(`SKIPPED: linking tfjs-node to a libtensorflow was not checked: ${reason}`);
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}

const lastLine = (text) => text.trim().split("\n").at(-1) ?? "";

function attempt(program, args, options) {
  const { status, error, stderr } = spawnSync(program, args, { cwd: folder, encoding: "utf8", ...options });
  return { ok: status === 0, why: error === undefined ? lastLine(stderr ?? "") : error.message };
}

/** The C library and its headers from the wheel; the rest of its gigabyte is Python's. */
const unpack = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    wanted = [n for n in wheel.namelist() if n.startswith(("tensorflow/include/", "tensorflow/libtensorflow"))]
    wheel.extractall(sys.argv[2], wanted)
`;

function fetchTensorflow() {
  const download = ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "tensorflow-cpu"];
  const { ok, why } = attempt("python3", [...download, "--dest", folder], { timeout: patience.pip });
  if (!ok) skip(`pip has no wheel of tensorflow-cpu for this machine (${why})`);
  const wheel = readdirSync(folder).find((name) => name.endsWith(".whl"));
  const target = join(folder, "tensorflow");
  const unpacked = attempt("python3", ["-c", unpack, join(folder, wheel), target]);
  if (!unpacked.ok) throw new Error(`${wheel} cannot be unpacked: ${unpacked.why}`);
  rmSync(join(folder, wheel));
  return target;
}

function run(title, program, args, env) {
  console.log(`-- ${title}`);
  const { status } = spawnSync(program, args, { cwd: root, stdio: "inherit", env });
  if (status !== 0) throw new Error(`${title}: exit ${status}`);
}

/** Suites skip what is not available; here that would be a failure. */
function expectLinked(env) {
  const cli = join(root, "packages", "cli", "dist", "bin.js");
  const { stdout } = spawnSync(process.execPath, [cli, "doctor", "--json"], { cwd: root, encoding: "utf8", env });
  const node = JSON.parse(stdout).backends.find(({ name }) => name === "node");
  console.log(`dylora doctor: ${node.detail ?? node.reason}`);
  if (!node.available || !node.detail.includes("linked libtensorflow")) throw new Error("the link was not taken");
}

if (!["c++", "g++", "clang++"].some((name) => attempt(process.env.CXX ?? name, ["--version"]).ok)) {
  skip("there is no C++ compiler");
}
const library = values.libtensorflow ?? fetchTensorflow();
writeFileSync(join(folder, "package.json"), "{}");
const install = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "@tensorflow/tfjs-node@4.22.0"];
const npm = attempt("npm", install, { timeout: patience.npm });
if (!npm.ok) skip(`npm cannot install @tensorflow/tfjs-node (${npm.why})`);

// The package lies outside of this workspace, where it is nobody else's dependency.
const env = { ...process.env, NODE_PATH: [join(folder, "node_modules"), process.env.NODE_PATH ?? ""].join(delimiter) };
try {
  run("link", process.execPath, [bin, "link", "--libtensorflow", library], env);
  expectLinked(env);
  const tests = ["conformance", "golden"].map((name) => `packages/backend-node/src/${name}`);
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  // Silent: two copies of tfjs's kernels tell of each other.
  run("conformance on it", process.execPath, [vitest, "run", "--silent=true", ...tests], env);
  run("unlink", process.execPath, [bin, "unlink"], env);
  if (existsSync(join(root, ".dylora"))) throw new Error("unlink left .dylora behind");
} finally {
  spawnSync(process.execPath, [bin, "unlink"], { cwd: root, env });
  rmSync(folder, { recursive: true, force: true });
}
console.log("tfjs-node ran on the linked libtensorflow");
