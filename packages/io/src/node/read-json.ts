import { type JsonObject, parseJsonObject } from "../json.ts";
import { readSmallFile } from "./read-small-file.ts";

/** The largest are tokenizers: that of a million tokens takes 60 MB. */
const USUAL_LIMIT = 96 * 2 ** 20;

/** Settings of {@link readJsonObject}. */
export interface ReadJsonOptions {
  /** Largest file in bytes that is read. Default 96 MiB. */
  readonly maxBytes?: number;
}

/**
 * Reads a JSON file that holds an object.
 *
 * @throws `FormatError` `file_missing`, `file_unreadable`, `file_too_large`, `lfs_pointer` or `bad_json`.
 */
export async function readJsonObject(
  path: string,
  { maxBytes = USUAL_LIMIT }: ReadJsonOptions = {},
): Promise<JsonObject> {
  return parseJsonObject(await readSmallFile(path, maxBytes), path);
}
