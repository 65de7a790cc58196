// The package's tests on an addon that is compiled with AddressSanitizer and UndefinedBehaviorSanitizer: any report
// fails. Shared by sanitize.mjs and emulate.mjs.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { compile, findCompiler, folder, oneDnnFlags } from "./compile.mjs";

const flags = [
  ...["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"],
  ...["-O1", "-g", "-fno-omit-frame-pointer"],
];

/**
 * Builds the addon with sanitizers into `build/NAME`, and returns what runs programs on it. Where it cannot be built for
 * want of something on this machine, the process ends with status 0 and a line that says what.
 *
 * @param skip ends the process with such a line
 */
export function sanitizedAddon({ name, skip, more = [], from }) {
  if (process.platform !== "linux") skip("this is written for Linux");
  const cxx = findCompiler();
  if (cxx === undefined) skip("no C++ compiler was found");
  /** Node has no sanitizer in it: its library has to be loaded before everything else, and C++'s after it, to be watched. */
  const preloaded = ["libasan.so", "libstdc++.so"].map((library) => {
    const path = spawnSync(cxx, [`-print-file-name=${library}`], { encoding: "utf8" }).stdout.trim();
    if (!existsSync(path)) skip(`${cxx} has no ${library}`);
    return path;
  });
  const home = join(folder, "build", name);
  const target = join(home, "dylora_native.node");
  const failure = compile({ cxx, target, more: [...flags, ...more], oneDnn: () => oneDnnFlags(cxx), from });
  if (failure?.missing) skip("oneDNN was not found");
  if (failure !== undefined) {
    console.error(failure.errors);
    process.exit(1);
  }
  const reports = join(home, "reports");
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
  const watch = {
    // V8 leaks by design when a process ends. Little is kept of what was freed: a test watches resident memory.
    ...{ detect_leaks: 0, quarantine_size_mb: 16, thread_local_quarantine_size_kb: 64 },
    // Fresh memory is NaN, of either type.
    ...{ malloc_fill_byte: 255, max_malloc_fill_size: 2 ** 30 },
    log_path: `${reports}/address`,
  };
  const env = {
    ...process.env,
    DYLORA_NATIVE_ADDON: target,
    LD_PRELOAD: preloaded.join(":"),
    // Threads that wait by spinning lose tens of times as much on a machine that is busy with something else.
    OMP_WAIT_POLICY: "passive",
    ASAN_OPTIONS: Object.entries(watch)
      .map(([name, value]) => `${name}=${value}`)
      .join(":"),
    UBSAN_OPTIONS: `print_stacktrace=1:log_path=${reports}/undefined`,
  };
  return { target, reports, env };
}

/** Runs the tests, only those in files that arguments name where there are any; returns the status to end with. */
export function runSuite({ reports, env }, args) {
  const root = dirname(dirname(folder));
  const vitest = join(dirname(createRequire(join(root, "package.json")).resolve("vitest/package.json")), "vitest.mjs");
  const files = args.some((arg) => /^[\w./-]+\.test\.ts$/.test(arg)) ? [] : ["packages/backend-native/"];
  const { status, signal } = spawnSync(
    process.execPath,
    [
      ...[vitest, "run", "--root", root, ...files, "--no-file-parallelism", "--pool=forks"],
      ...["--testTimeout=300000", "--hookTimeout=300000", ...args],
    ],
    { stdio: "inherit", env },
  );
  const found = readdirSync(reports);
  for (const name of found) console.error(readFileSync(join(reports, name), "utf8"));
  if (found.length > 0) console.error(`${found.length} report${found.length === 1 ? "" : "s"} by sanitizers`);
  return found.length > 0 || signal !== null ? 1 : (status ?? 1);
}
