// Builds the addon into build/Release, where node-gyp-build looks first, unless a prebuilt one can be loaded. With
// --optional (as npm's install step runs it) a machine without oneDNN or a compiler gets one line and status 0.
import { createRequire } from "node:module";
import { join } from "node:path";
import { compile, findCompiler, folder, oneDnnFlags } from "./compile.mjs";

const require = createRequire(import.meta.url);
const optional = process.argv.includes("--optional");

/** Ends with one line: an error, or advice where the addon is optional. */
function stop(line) {
  console.error(`@dylora/backend-native is not built: ${line}`);
  process.exit(optional ? 0 : 1);
}

/** True where a prebuilt addon loads; this system's libraries may be older than those it was made with. */
function prebuiltServes() {
  try {
    const file = require("node-gyp-build").path(folder);
    if (!file.startsWith(join(folder, "prebuilds"))) return false;
    require(file);
    return true;
  } catch {
    return false;
  }
}

if (prebuiltServes()) process.exit(0);
if (process.platform === "win32") stop("there is no build for Windows yet; use @dylora/backend-wasm");
const cxx = findCompiler();
if (cxx === undefined) stop("no C++ compiler was found; install g++ (Debian: apt-get install g++ libdnnl-dev)");
const target = join(folder, "build", "Release", "dylora_native.node");
const failure = compile({ cxx, target, oneDnn: () => oneDnnFlags(cxx) });
if (failure?.missing) {
  stop("oneDNN was not found; install it (Debian: apt-get install libdnnl-dev) or set DNNL_ROOT, then pnpm run addon");
}
if (failure !== undefined) {
  if (!optional) console.error(failure.errors);
  stop(`${cxx} failed${optional ? "; run node scripts/build.mjs in its folder to see why" : ""}`);
}
