// Builds the addon into build/Release, where node-gyp-build looks first, unless a prebuilt one can be loaded. With
// --optional (as npm's install step runs it) a machine without oneDNN or a compiler gets one line and status 0. Why there is
// no addon is kept in build/not-built.json, because installers hide what is printed here; `dylora doctor` tells it.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { compile, findCompiler, folder, oneDnnFlags } from "./compile.mjs";

const require = createRequire(import.meta.url);
const optional = process.argv.includes("--optional");

const record = join(folder, "build", "not-built.json");

/** Ends with one line: an error, or advice where the addon is optional. `output` is what the compiler said. */
function stop(reason, remedy, output = "") {
  try {
    mkdirSync(join(folder, "build"), { recursive: true });
    writeFileSync(record, `${JSON.stringify({ reason, remedy, output }, null, 2)}\n`);
  } catch {
    // A folder that cannot be written to: the line below is all that is left.
  }
  console.error(`@dylora/backend-native is not built: ${reason}; ${remedy}`);
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

/** Ends where there is an addon: why there was none counts no longer. */
function done() {
  rmSync(record, { force: true });
  process.exit(0);
}

if (prebuiltServes()) done();
if (process.platform === "win32") stop("there is no build for Windows yet", "use @dylora/backend-wasm");
const packages = "Debian and Ubuntu: apt-get install g++ libdnnl-dev";
const again =
  "then install anew (npm rebuild @dylora/backend-native; in a clone: pnpm --filter @dylora/backend-native addon)";
const cxx = findCompiler();
if (cxx === undefined) stop("no C++ compiler was found", `install g++ and oneDNN (${packages}), ${again}`);
const target = join(folder, "build", "Release", "dylora_native.node");
const failure = compile({ cxx, target, oneDnn: () => oneDnnFlags(cxx) });
if (failure?.missing) stop("oneDNN was not found", `install it (${packages}) or set DNNL_ROOT, ${again}`);
if (failure !== undefined) {
  if (!optional) console.error(failure.errors);
  stop(`${cxx} could not compile it`, `mend what the compiler says, ${again}`, failure.errors);
}
done();
