import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { ConfigError, FormatError, showValue } from "@dylora/errors";

/**
 * Checks that `--data` is a folder. A single file would be taken for every split of the task.
 *
 * @throws ConfigError `bad_option` for a file; FormatError `file_missing`
 */
export async function checkDataFolder(data: string, task: string): Promise<void> {
  const stats = await stat(data).catch((cause) => {
    throw new FormatError("file_missing", `'data' ${data}: there is no such folder`, {
      cause,
      details: { path: data },
    });
  });
  if (stats.isDirectory()) return;
  throw new ConfigError(
    "bad_option",
    `'data' ${data} is a file; it must be the folder that holds the splits of ${showValue(task)}: 'data' ${dirname(data)}`,
  );
}
