import { readSmallFile } from "@dylora/io/node";
import { parseSweepFile, type SweepFile } from "@dylora/report";

/** Bytes of a result that are read: the texts of thousands of ranks take less. */
const LARGEST = 96 * 2 ** 20;

/**
 * The result of a sweep or a comparison; undefined where there is none yet.
 *
 * @throws FormatError for a file that is damaged or none of ours
 *
 * @experimental
 */
export async function readSweep(path: string): Promise<SweepFile | undefined> {
  const bytes = await readSmallFile(path, LARGEST).catch((error) => {
    if (error.code === "file_missing") return undefined;
    throw error;
  });
  return bytes === undefined ? undefined : parseSweepFile(new TextDecoder().decode(bytes), path);
}
