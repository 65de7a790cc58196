import { FormatError } from "@dylora/errors";
import { isHubName } from "../hub-name.ts";

/**
 * The error of a folder that is not there. A path that could be a name on the Hugging Face hub may be meant as one, so the
 * error says which function takes it.
 *
 * @returns FormatError `file_missing`
 *
 * @experimental
 */
export function missingFolder(path: string, cause?: unknown): FormatError {
  const name = isHubName(path) ? JSON.stringify(path) : undefined;
  const hint =
    name === undefined
      ? ""
      : `; a name on the Hugging Face hub is fetched first, by downloadModel(${name}) of @dylora/io/node, whose "dir" is the folder`;
  return new FormatError("file_missing", `${path} does not exist${hint}`, { cause, details: { path } });
}
