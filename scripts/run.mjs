// Small pieces that the root commands share. Plain Node: both commands work on Linux, macOS and Windows.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Root of the repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** The pnpm version the repository pins, as `pnpm@x.y.z`. */
export const pinnedPnpm = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).packageManager;

/** Runs a program with its output on ours; ends this process with its status when it fails. */
export function run(program, args, options = {}) {
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", ...options.env };
  const result = spawnSync(program, args, {
    cwd: root,
    stdio: "inherit",
    shell: options.shell ?? process.platform === "win32",
    env,
  });
  if (result.error) throw result.error;
  if (result.signal === "SIGINT") process.exit(130);
  if (result.status !== 0) process.exit(result.status ?? 1);
}

/** Runs the pinned pnpm, which npm fetches where it is not there yet. */
export function pnpm(...args) {
  run("npx", ["--yes", pinnedPnpm, ...args]);
}

/** Says what happens next, and how long the last part took. */
export function stage(title) {
  const started = performance.now();
  console.log(`\n== ${title}`);
  return () => console.log(`== ${title}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

/** Installs what the lock file names and builds every package. */
export function installAndBuild() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`dylora needs Node 20.19 or newer; this is ${process.versions.node}`);
    process.exit(2);
  }
  let done = stage("install");
  pnpm("install", "--frozen-lockfile", "--prefer-offline", "--reporter=append-only", "--loglevel=warn");
  done();
  done = stage("build");
  pnpm("run", "build");
  done();
}

/** Runs the built `dylora` with its output on ours, in the root; ends this process with its status when it fails. */
export function dylora(...args) {
  console.log(`\n$ dylora ${args.join(" ")}`);
  run(process.execPath, [join(root, "packages", "cli", "dist", "bin.js"), ...args], { shell: false });
}
