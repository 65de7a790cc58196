import { wholePathPattern } from "@dylora/module-patterns";
import { listOf, type Reader, text, UnreadableError } from "./readers.ts";

const betweenSlashes = (given: string): string | undefined => /^\/(.+)\/$/.exec(given)?.[1];

/**
 * Target modules: a list of names, `all-linear`, or a regular expression for whole paths, which stands between slashes
 * so that a single name is not taken for one.
 */
export const targets: Reader<readonly string[] | string> = (given) => {
  if (given === "all-linear") return given;
  const expression = typeof given === "string" ? betweenSlashes(given) : undefined;
  if (expression === undefined) return listOf(text)(given);
  try {
    wholePathPattern(expression);
  } catch {
    throw new UnreadableError(
      "module names, all-linear, or a valid regular expression, without lookaround and backreferences, between slashes",
    );
  }
  return given as string;
};

/** Target modules as `@dylora/lora-core` takes them. */
export const targetSelector = (setting: readonly string[] | string): readonly string[] | string =>
  typeof setting === "string" ? (betweenSlashes(setting) ?? setting) : setting;
