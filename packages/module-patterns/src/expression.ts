import { ConfigError, showValue } from "@dylora/errors";
import { RE2JS } from "re2js";

/** Says whether a module path is meant. */
export type ModuleTest = (path: string) => boolean;

/** Longest pattern in characters. The longest that tools write, lists of all modules of a large model, take some thousands. */
const LONGEST = 50_000;

/** What Python's `re` knows, or RE2 reads otherwise, by the name that the message gives it. */
const foreign: readonly (readonly [RegExp, string])[] = [
  [/\(\?(=|!|<=|<!)/, "looks ahead or behind"],
  [/\(\?P=|\\[1-9]/, "refers back to a group"],
  [/\(\?\(/, "has a conditional group"],
  [/\(\?>|[*+?}]\+/, "has an atomic group or a possessive repeat"],
  [/\(\?#/, "has a comment"],
  [/\(\?[a-z]*[xLau]/, "sets a flag other than i, m or s"],
  [/\[\^?\[:/, "has a POSIX class, which Python reads as something else"],
];

/** A pattern with what never has a meaning of its own taken out: escaped backslashes. */
const visible = (pattern: string): string => pattern.replaceAll("\\\\", "");

function bad(pattern: string, reason: string, cause?: unknown): ConfigError {
  return new ConfigError("bad_module_pattern", `${showValue(pattern)} ${reason}`, {
    details: { pattern: pattern.slice(0, 200) },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Why an engine that needs linear time cannot take a pattern. */
function reasonOf(pattern: string): string | undefined {
  const found = foreign.find(([mark]) => mark.test(visible(pattern)));
  return found && `${found[1]}, which the linear-time engine RE2 cannot do: write it without`;
}

/** Spellings of Python that RE2 writes otherwise. */
const inRe2 = (pattern: string): string => pattern.replaceAll("{,", "{0,").replaceAll("\\Z", "\\z");

/**
 * Compiles a pattern written for Python's `re`.
 *
 * @param whole what is compiled: the pattern, perhaps with something around it
 * @param pattern as a message names it
 * @throws ConfigError `bad_module_pattern`
 */
export function compile(whole: string, pattern: string): RE2JS {
  if (pattern.length > LONGEST) {
    throw bad(pattern, `is a pattern of ${pattern.length} characters; at most ${LONGEST} are taken`);
  }
  const posix = foreign.at(-1) as (typeof foreign)[number];
  if (posix[0].test(visible(pattern))) throw bad(pattern, posix[1]);
  try {
    return RE2JS.compile(inRe2(whole));
  } catch (cause) {
    throw bad(pattern, reasonOf(pattern) ?? "is not a regular expression", cause);
  }
}

/**
 * Matches whole module paths, as PEFT does for `target_modules` and `exclude_modules` that are a string: Python's
 * `re.fullmatch`, in linear time.
 *
 * @param pattern a regular expression
 * @throws ConfigError `bad_module_pattern` for one that is malformed, or uses what needs more than linear time
 *
 * @example
 * ```ts
 * import { wholePathPattern } from "@dylora/module-patterns";
 *
 * const isQuery = wholePathPattern(String.raw`.*\.(query|value)`);
 * console.log(isQuery("encoder.layer.0.attention.self.query"), isQuery("query")); // true false
 * ```
 */
export function wholePathPattern(pattern: string): ModuleTest {
  const expression = compile(pattern, pattern);
  return (path) => expression.matcher(path).matches();
}
