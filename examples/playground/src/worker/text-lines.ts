import { ConfigError } from "@dylora/errors";

/** Fewest lines that can be trained on: some are held back. */
const LEAST = 5;

/**
 * Cuts lines in two at a separator.
 *
 * @param what what stands on both sides, for the error
 * @throws ConfigError `bad_lines` naming the line
 */
export function splitLines(lines: string, separator: string, what: readonly [string, string]): [string, string][] {
  const pairs = lines.split(/\r?\n/).flatMap((line, index): [string, string][] => {
    if (line.trim() === "") return [];
    const at = line.indexOf(separator);
    const [left, right] = [line.slice(0, at).trim(), line.slice(at + separator.length).trim()];
    if (at !== -1 && left !== "" && right !== "") return [[left, right]];
    const shown = separator === "\t" ? "a tab" : `"${separator}"`;
    throw new ConfigError("bad_lines", `line ${index + 1} must be ${what[0]}, ${shown} and ${what[1]}`);
  });
  if (pairs.length >= LEAST) return pairs;
  throw new ConfigError("bad_lines", `${pairs.length} lines are too few to train on; give at least ${LEAST}`);
}
