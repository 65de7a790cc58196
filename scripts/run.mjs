// Small pieces that the root commands share. Plain Node: both commands work on Linux, macOS and Windows.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
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

/** Seconds between two signs of life of a quiet program. */
const STILL_EVERY = 10;

/** Runs the pinned pnpm as {@link pnpm}, and says now and then that it is still at work. */
async function pnpmForLong(what, ...args) {
  const started = performance.now();
  const still = setInterval(() => {
    console.log(`   ${what}, ${Math.round((performance.now() - started) / 1000)} s so far`);
  }, STILL_EVERY * 1000);
  const shell = process.platform === "win32";
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1" };
  const child = spawn("npx", ["--yes", pinnedPnpm, ...args], { cwd: root, stdio: "inherit", shell, env });
  const { code, signal } = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal }));
  }).finally(() => clearInterval(still));
  if (signal === "SIGINT") process.exit(130);
  if (code !== 0) process.exit(code ?? 1);
}

/** Says why the native backend is not there, where the install step could not make it. */
function sayNative() {
  const record = join(root, "packages", "backend-native", "build", "not-built.json");
  if (!existsSync(record)) return;
  const { reason, remedy } = JSON.parse(readFileSync(record, "utf8"));
  console.log(`   the native backend, the fastest, is not built: ${reason}. Another one is used.`);
  console.log(`   To have it, ${remedy}.`);
}

/** Installs what the lock file names and builds every package. */
export async function installAndBuild() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`dylora needs Node 20.19 or newer; this is ${process.versions.node}`);
    process.exit(2);
  }
  const isFirst = !existsSync(join(root, "node_modules", ".modules.yaml"));
  let done = stage("install");
  if (isFirst) {
    console.log(
      "   packages of the npm registry, and a part in C++ is compiled; the first time takes a minute or more",
    );
  }
  const quietly = ["--frozen-lockfile", "--prefer-offline", "--reporter=append-only", "--loglevel=error"];
  await pnpmForLong("installing", "install", ...quietly);
  sayNative();
  done();
  done = stage("build");
  await pnpmForLong("building", "run", "build");
  done();
}

/** Runs the built `dylora` with its output on ours, in the root; ends this process with its status when it fails. */
export function dylora(...args) {
  const bin = join("packages", "cli", "dist", "bin.js");
  console.log(`\n$ node ${bin} ${args.join(" ")}`);
  run(process.execPath, [join(root, bin), ...args], { shell: false });
}
