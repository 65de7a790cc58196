import { readJsonObject } from "@dylora/io/node";
import { parseSweepFile, type SweepFile } from "@dylora/report";

/**
 * The result of a sweep or a comparison; undefined where there is none yet.
 *
 * @throws FormatError for a file that is damaged or none of ours
 */
export async function readSweep(path: string): Promise<SweepFile | undefined> {
  const json = await readJsonObject(path).catch((error) => {
    if (error.code === "file_missing") return undefined;
    throw error;
  });
  return json === undefined ? undefined : parseSweepFile(JSON.stringify(json), path);
}
