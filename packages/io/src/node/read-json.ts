import { readFile } from "node:fs/promises";
import { type JsonObject, parseJsonObject } from "../json.ts";
import { fileError } from "./file-error.ts";

/**
 * Reads a JSON file that holds an object.
 *
 * @throws `FormatError` `file_missing`, `file_unreadable`, `lfs_pointer` or `bad_json`.
 */
export async function readJsonObject(path: string): Promise<JsonObject> {
  const bytes = await readFile(path).catch((cause) => {
    throw fileError(path, cause);
  });
  return parseJsonObject(bytes, path);
}
