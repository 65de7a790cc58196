import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { DyloraError, FormatError } from "@dylora/errors";

/** True when a text is the path of a script: `.ts`, `.js` or one of their variants. */
export const isModuleFile = (path: string): boolean => /\.[cm]?[jt]s$/.test(path);

/**
 * Runs a script and gives its default export, or the whole module where it has none.
 *
 * @throws FormatError `bad_module_file` when it cannot be found, read or run
 */
export async function loadModuleFile(path: string): Promise<unknown> {
  const file = resolve(path);
  try {
    const loaded = await importFile(file);
    return (loaded as { default?: unknown }).default ?? loaded;
  } catch (cause) {
    if (DyloraError.isInstance(cause)) throw cause;
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
    throw new FormatError("bad_module_file", `${path} cannot be loaded: ${reason}`, { cause, details: { path } });
  }
}

async function importFile(file: string): Promise<object> {
  if (!/\.[cm]?ts$/.test(file)) return import(/* @vite-ignore */ /* webpackIgnore: true */ pathToFileURL(file).href);
  const { createJiti } = await import("jiti");
  return createJiti(import.meta.url).import(file);
}
