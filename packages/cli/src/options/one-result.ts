import { ConfigError } from "@dylora/errors";
import { isStandardOutput } from "@dylora/io/node";

/**
 * Refuses, before any work, rows that would stand among the result that `--json` prints.
 *
 * @throws ConfigError `bad_option`
 */
export async function requireOneResult(output: string | undefined, json: boolean): Promise<void> {
  if (!json || output === undefined) return;
  if (output !== "-" && !(await isStandardOutput(output))) return;
  throw new ConfigError("bad_option", "--json and --output - both write to standard output; give --output a file");
}
