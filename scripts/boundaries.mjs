// Which of our packages a package may depend on at run time, as boundaries.json says it.
import { readFileSync } from "node:fs";

const allowed = JSON.parse(readFileSync(new URL("boundaries.json", import.meta.url), "utf8"));

/**
 * The names, without the scope, of ours that a package may depend on: those of its own entry, or else of the pattern that
 * it fits, as every `backend-*` does. Undefined where neither is there.
 *
 * @param folder name of the package's folder
 */
export function allowedFor(folder) {
  const pattern = Object.keys(allowed).find((key) => key.endsWith("*") && folder.startsWith(key.slice(0, -1)));
  return allowed[folder] ?? allowed[pattern];
}
