import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { NativeAddon } from "./addon.ts";
import { type NotBuilt, readNotBuilt } from "./not-built.ts";

/** What looking for the addon gave: the addon, or why there is none. */
export type AddonSearch = { readonly addon: NativeAddon } | { readonly reason: string; readonly remedy: string };

let found: AddonSearch | undefined;

/** Loads the addon: the one that the install step built, or a prebuilt one. Looks once in a process. */
export function findAddon(): AddonSearch {
  found ??= loadAddon();
  return found;
}

const require = createRequire(import.meta.url);

/**
 * Path of the addon's file, or undefined where there is none: the one that the environment variable
 * `DYLORA_NATIVE_ADDON` names, the one built here, or a prebuilt one for this platform.
 */
export function addonFile(): string | undefined {
  const { DYLORA_NATIVE_ADDON: given } = process.env;
  if (given) return given;
  try {
    const nodeGypBuild = require("node-gyp-build") as { path(folder: string): string };
    return nodeGypBuild.path(fileURLToPath(new URL("../..", import.meta.url)));
  } catch {
    return undefined;
  }
}

const neverTried: NotBuilt = {
  reason: "its install step has not run",
  remedy:
    "let it run: npm rebuild @dylora/backend-native; pnpm asks for your consent first (pnpm approve-builds), and --ignore-scripts leaves it out",
};

function loadAddon(): AddonSearch {
  const file = addonFile();
  const remedy = "install g++ and oneDNN (Debian: apt-get install g++ libdnnl-dev), then install this package anew";
  if (file === undefined) {
    const { reason, remedy: cure } = readNotBuilt() ?? neverTried;
    return { reason: `its addon is not built: ${reason}`, remedy: cure };
  }
  // Threads that wait spin for about a millisecond before they sleep: between two kernels they stay awake, between two
  // batches they do not burn a core. libgomp reads this when it is loaded.
  if (process.env["OMP_WAIT_POLICY"] === undefined) process.env["GOMP_SPINCOUNT"] ??= "1000000";
  try {
    return { addon: require(file) as NativeAddon };
  } catch (cause) {
    const [line = ""] = String(cause instanceof Error ? cause.message : cause).split("\n");
    return { reason: `its addon cannot be loaded: ${line}`, remedy };
  }
}
