import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { BackendError, ConfigError } from "@dylora/errors";
import type { Libtensorflow } from "./libtensorflow-folder.ts";

const macOs = process.platform === "darwin";

interface Compiled {
  readonly ok: boolean;
  readonly messages: string;
}

function compile(compiler: string, flags: readonly string[]): Compiled {
  const { status, stderr } = spawnSync(compiler, flags, {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C" },
  });
  return { ok: status === 0, messages: stderr ?? "" };
}

/** The C++ compiler: `CXX`, or the usual names. */
function findCompiler(): string {
  const names = [process.env.CXX, "c++", "g++", "clang++"].filter((name) => name !== undefined && name !== "");
  const found = names.find((name) => compile(name as string, ["--version"]).ok);
  if (found !== undefined) return found;
  throw new ConfigError(
    "no_compiler",
    "no C++ compiler was found; install g++ (Debian: apt-get install g++) or set CXX",
  );
}

/** Names of libtensorflow's functions in a linker's complaints about what is undefined. */
export function undefinedFunctions(messages: string): string[] {
  const complaints = messages.matchAll(/(?:undefined reference to [`']|undefined symbol: |^ *"_)(TFE?_\w+)/gm);
  return [...new Set([...complaints].map(([, name]) => name as string))].sort();
}

function firstError(messages: string): string {
  const lines = messages.split("\n").filter((line) => line.trim() !== "");
  return (
    lines.find((line) => /error|undefined|cannot/.test(line)) ??
    lines[0] ??
    "the compiler gave no reason"
  ).trim();
}

/**
 * Builds tfjs-node's addon against a libtensorflow.
 *
 * @param packageFolder of tfjs-node or tfjs-node-gpu, whose sources are compiled
 * @param folder for the addon, `tfjs_binding.node`, and for what is made on the way
 * @returns path of the addon
 * @throws ConfigError `no_compiler`, `bad_libtensorflow` when it cannot be linked or lacks functions; BackendError
 * `build_failed` when the sources do not compile
 */
export function buildAddon(packageFolder: string, library: Libtensorflow, folder: string): string {
  const compiler = findCompiler();
  const { include_dir: nodeHeaders } = createRequire(import.meta.url)("node-api-headers") as { include_dir: string };
  const sources = readdirSync(join(packageFolder, "binding")).filter((name) => name.endsWith(".cc"));
  const includes = [nodeHeaders, library.include, packageFolder].map((include) => `-I${include}`);
  const objects = sources.map((name) => join(folder, `${name}.o`));
  for (const [index, name] of sources.entries()) {
    const flags = ["-std=c++17", "-O2", "-fPIC", "-DNAPI_VERSION=8", ...includes];
    const source = join(packageFolder, "binding", name);
    const { ok, messages } = compile(compiler, [...flags, "-c", source, "-o", objects[index] as string]);
    if (!ok) throw new BackendError("build_failed", `${compiler} cannot compile ${source}: ${firstError(messages)}`);
  }
  const target = join(folder, "tfjs_binding.node");
  // One argument at a time: -Wl would cut a path at its commas.
  const link = ["-shared", ...objects, ...library.libraries, "-Xlinker", "-rpath", "-Xlinker", library.folder];
  // Node has its own functions; whatever of TensorFlow is undefined will stay so.
  const strict = compile(compiler, [...link, ...(macOs ? [] : ["-Wl,-z,defs"]), "-o", target]);
  const missing = undefinedFunctions(strict.messages);
  const [main] = library.libraries;
  if (missing.length > 0) {
    throw new ConfigError(
      "bad_libtensorflow",
      `${main} lacks ${missing.length} of the C functions that are needed, among them ` +
        `${missing.slice(0, 3).join(", ")}; take a complete TensorFlow 2.9 or newer`,
    );
  }
  const { ok, messages } = compile(compiler, [
    ...link,
    ...(macOs ? ["-undefined", "dynamic_lookup"] : []),
    "-o",
    target,
  ]);
  if (!ok) throw new ConfigError("bad_libtensorflow", `${main} cannot be linked: ${firstError(messages)}`);
  for (const object of objects) rmSync(object);
  return target;
}
