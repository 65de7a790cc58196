// Finds the compiler and oneDNN, and makes the addon with one compiler call. Shared by the other scripts of this folder.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The package. */
export const folder = dirname(dirname(fileURLToPath(import.meta.url)));
/** Sources of the addon, in folders; includes name files from here on. */
export const native = join(folder, "native");

/** Paths of a folder's source files from that folder on, sorted. */
export function sourcesIn(home) {
  return readdirSync(home, { recursive: true })
    .filter((name) => /\.(cpp|hpp|h|inc)$/.test(name))
    .map((name) => name.split(sep).join("/"))
    .sort();
}

const succeeds = (program, args, input) => spawnSync(program, args, { input, encoding: "utf8" }).status === 0;

/** Name of a C++ compiler, or undefined. */
export function findCompiler() {
  const wanted = [process.env.CXX, "c++", "g++", "clang++"].filter((name) => name);
  return wanted.find((name) => succeeds(name, ["--version"]));
}

const probe = "#include <dnnl.h>\nint main() { return dnnl_version() == nullptr; }\n";
const links = (cxx, flags) => succeeds(cxx, ["-x", "c++", "-", "-x", "none", "-o", "/dev/null", ...flags], probe);

/** Flags that find oneDNN, or undefined: DNNL_ROOT, pkg-config, or the compiler's own paths. */
export function oneDnnFlags(cxx) {
  const candidates = [];
  const { DNNL_ROOT: given } = process.env;
  if (given) candidates.push([`-I${given}/include`, `-L${given}/lib`, `-Wl,-rpath,${given}/lib`, "-ldnnl"]);
  const config = spawnSync("pkg-config", ["--cflags", "--libs", "dnnl"], { encoding: "utf8" });
  if (config.status === 0) candidates.push(config.stdout.trim().split(/\s+/));
  candidates.push(["-ldnnl"]);
  return candidates.find((flags) => links(cxx, flags));
}

/** Flags that link the oneDNN of DNNL_ROOT in, or undefined where it has no static library. */
export function staticOneDnnFlags(cxx) {
  const { DNNL_ROOT: given } = process.env;
  const archive = ["lib", "lib64"].map((name) => join(given ?? "", name, "libdnnl.a")).find((path) => existsSync(path));
  if (!given || archive === undefined) return undefined;
  const flags = [`-I${given}/include`, archive, "-fopenmp", "-ldl", "-lpthread"];
  return links(cxx, flags) ? flags : undefined;
}

/** What every build of the addon is compiled with. */
function flagsOf(cxx) {
  const flags = [
    ...["-std=c++17", "-O3", "-fPIC", "-shared", "-fopenmp", "-DNAPI_VERSION=8", "-Wall", "-Wextra"],
    // Loops are vectorised without changing what NaN and infinity do; sums keep their order wherever an array starts.
    ...["-fno-math-errno", "-fno-trapping-math", "-fvisibility=hidden"],
    ...(process.platform === "darwin" ? ["-undefined", "dynamic_lookup"] : []),
    // Node unloads an addon with the last worker thread that used it. OpenMP's threads still run the code that would go.
    ...(process.platform === "linux" ? ["-Wl,-z,nodelete"] : []),
    ...(process.env.DYLORA_NATIVE_FLAGS ?? "").split(" ").filter((flag) => flag !== ""),
  ];
  const peeling = "--param=vect-max-peeling-for-alignment=0";
  return succeeds(cxx, ["-x", "c++", "-fsyntax-only", peeling, "-"], "") ? [...flags, peeling] : flags;
}

/**
 * Compiles the addon into a file, unless it is there and nothing has changed. `oneDnn` gives the flags that find oneDNN,
 * and is asked only where something is to be done. `from` is a folder of other sources than the package's.
 *
 * @returns nothing, or what went wrong: `{ missing: true }` without oneDNN, `{ errors }` of the compiler
 */
export function compile({ cxx, target, more = [], oneDnn, from = native }) {
  const sources = sourcesIn(from);
  const flags = [...flagsOf(cxx), ...more];
  const hash = createHash("sha256").update(JSON.stringify([cxx, flags, process.env.DNNL_ROOT ?? ""]));
  for (const name of sources) hash.update(name).update(readFileSync(join(from, name)));
  const wanted = hash.digest("hex");
  const stamp = join(dirname(target), "stamp");
  if (existsSync(target) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return undefined;
  const library = oneDnn();
  if (library === undefined) return { missing: true };
  mkdirSync(dirname(target), { recursive: true });
  const { include_dir: nodeHeaders } = createRequire(import.meta.url)("node-api-headers");
  const units = sources.filter((name) => name.endsWith(".cpp")).map((name) => join(from, name));
  const part = `${target}.${process.pid}`;
  const folders = [`-I${from}`, `-I${nodeHeaders}`];
  const result = spawnSync(cxx, [...flags, ...folders, ...units, "-o", part, ...library], { encoding: "utf8" });
  if (result.status !== 0) {
    rmSync(part, { force: true });
    return { errors: result.stderr };
  }
  if (result.stderr.trim() !== "") console.error(result.stderr);
  renameSync(part, target);
  writeFileSync(stamp, wanted);
  return undefined;
}
