// Builds the addon with one compiler call, into build/dylora_native.node. Skips the call when nothing has changed.
// With --optional (as npm's install step runs it) a machine without oneDNN or a compiler gets one line and status 0.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = dirname(dirname(fileURLToPath(import.meta.url)));
const native = join(folder, "native");
const target = join(folder, "build", "dylora_native.node");
const stamp = join(folder, "build", "stamp");
const optional = process.argv.includes("--optional");

/** Ends with one line: an error, or advice where the addon is optional. */
function stop(line) {
  console.error(`@dylora/backend-native is not built: ${line}`);
  process.exit(optional ? 0 : 1);
}

const succeeds = (program, args, input) => spawnSync(program, args, { input, encoding: "utf8" }).status === 0;

function compiler() {
  const wanted = [process.env.CXX, "c++", "g++", "clang++"].filter((name) => name);
  return wanted.find((name) => succeeds(name, ["--version"]));
}

/** Flags that find oneDNN: DNNL_ROOT, pkg-config, or the compiler's own paths. */
function oneDnnFlags(cxx) {
  const candidates = [];
  const { DNNL_ROOT: given } = process.env;
  if (given) candidates.push([`-I${given}/include`, `-L${given}/lib`, `-Wl,-rpath,${given}/lib`, "-ldnnl"]);
  const config = spawnSync("pkg-config", ["--cflags", "--libs", "dnnl"], { encoding: "utf8" });
  if (config.status === 0) candidates.push(config.stdout.trim().split(/\s+/));
  candidates.push(["-ldnnl"]);
  const probe = "#include <dnnl.h>\nint main() { return dnnl_version() == nullptr; }\n";
  const works = (flags) => succeeds(cxx, ["-x", "c++", "-", "-o", "/dev/null", ...flags], probe);
  return candidates.find(works);
}

if (existsSync(join(folder, "prebuilds", `${process.platform}-${process.arch}`, "dylora_native.node"))) process.exit(0);
if (process.platform === "win32") stop("there is no build for Windows yet; use @dylora/backend-wasm");
const cxx = compiler();
if (cxx === undefined) stop("no C++ compiler was found; install g++ (Debian: apt-get install g++ libdnnl-dev)");

const sources = readdirSync(native)
  .filter((name) => /\.(cpp|hpp|inc)$/.test(name))
  .sort();
const { include_dir: nodeHeaders } = createRequire(import.meta.url)("node-api-headers");
const flags = [
  ...["-std=c++17", "-O3", "-fPIC", "-shared", "-fopenmp", "-DNAPI_VERSION=8", "-Wall", "-Wextra"],
  // Loops are vectorised without changing what NaN and infinity do; sums keep their order wherever an array starts.
  ...["-fno-math-errno", "-fno-trapping-math", "-fvisibility=hidden"],
  ...(process.platform === "darwin" ? ["-undefined", "dynamic_lookup"] : []),
  // Node unloads an addon with the last worker thread that used it. OpenMP's threads still run the code that would go.
  ...(process.platform === "linux" ? ["-Wl,-z,nodelete"] : []),
  ...(process.env.DYLORA_NATIVE_FLAGS ?? "").split(" ").filter((flag) => flag !== ""),
];
if (succeeds(cxx, ["-x", "c++", "-fsyntax-only", "--param=vect-max-peeling-for-alignment=0", "-"], "")) {
  flags.push("--param=vect-max-peeling-for-alignment=0");
}
const hash = createHash("sha256").update(JSON.stringify([cxx, flags, process.env.DNNL_ROOT ?? ""]));
for (const name of sources) hash.update(name).update(readFileSync(join(native, name)));
const wanted = hash.digest("hex");
if (existsSync(target) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) process.exit(0);

const oneDnn = oneDnnFlags(cxx);
if (oneDnn === undefined) {
  stop("oneDNN was not found; install it (Debian: apt-get install libdnnl-dev) or set DNNL_ROOT, then pnpm run addon");
}
mkdirSync(dirname(target), { recursive: true });
const units = sources.filter((name) => name.endsWith(".cpp")).map((name) => join(native, name));
const part = `${target}.${process.pid}`;
const result = spawnSync(cxx, [...flags, `-I${nodeHeaders}`, ...units, "-o", part, ...oneDnn], { encoding: "utf8" });
if (result.status !== 0) {
  rmSync(part, { force: true });
  if (!optional) console.error(result.stderr);
  stop(`${cxx} failed${optional ? "; run node scripts/build.mjs in its folder to see why" : ""}`);
}
if (result.stderr.trim() !== "") console.error(result.stderr);
renameSync(part, target);
writeFileSync(stamp, wanted);
