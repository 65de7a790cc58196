import type { Files } from "@dylora/finetune/memory";
import { unzipSync, zipSync } from "fflate";

/** Files by name as a zip. */
export const zipFiles = (files: Files): Uint8Array => zipSync(Object.fromEntries(files));

/** The files of a zip by their own name: people zip the folder, or what is in it. */
export function unzipFiles(zip: Uint8Array): Map<string, Uint8Array> {
  const named = Object.entries(unzipSync(zip)).filter(([path]) => !path.endsWith("/"));
  return new Map(named.map(([path, bytes]) => [path.slice(path.lastIndexOf("/") + 1), bytes]));
}
