import { unzipSync, zipSync } from "fflate";
import type { AdapterFiles } from "../api.ts";

/** Files by name as a zip. */
export const zipFiles = (files: AdapterFiles): Uint8Array => zipSync(Object.fromEntries(files));

function unzip(zip: Uint8Array): Record<string, Uint8Array> {
  try {
    return unzipSync(zip);
  } catch (error) {
    throw new Error("It is no zip file, or a broken one.", { cause: error });
  }
}

/**
 * The files of a zip by their own name: people zip the folder, or what is in it.
 *
 * @throws Error where it is no zip
 */
export function unzipFiles(zip: Uint8Array): AdapterFiles {
  const named = Object.entries(unzip(zip)).filter(([path]) => !path.endsWith("/"));
  return new Map(named.map(([path, bytes]) => [path.slice(path.lastIndexOf("/") + 1), bytes]));
}
