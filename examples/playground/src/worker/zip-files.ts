import { FormatError } from "@dylora/errors";
import type { Files } from "@dylora/finetune/memory";
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS } from "@dylora/io";
import { unzipSync, zipSync } from "fflate";

/** Files by name as a zip. */
export const zipFiles = (files: Files): Uint8Array => zipSync(Object.fromEntries(files));

function unzip(zip: Uint8Array): Record<string, Uint8Array> {
  try {
    return unzipSync(zip);
  } catch (error) {
    throw new FormatError("no_zip", "It is no zip file, or a broken one.", { cause: error });
  }
}

/**
 * The files of a zip by their own name: people zip the folder, or what is in it.
 *
 * @throws FormatError `no_zip`, `no_adapter` where the zip holds something else
 */
export function unzipFiles(zip: Uint8Array): Map<string, Uint8Array> {
  const named = Object.entries(unzip(zip)).filter(([path]) => !path.endsWith("/"));
  const files = new Map(named.map(([path, bytes]) => [path.slice(path.lastIndexOf("/") + 1), bytes]));
  const missing = [ADAPTER_CONFIG, ADAPTER_WEIGHTS].filter((name) => !files.has(name));
  if (missing.length === 0) return files;
  throw new FormatError(
    "no_adapter",
    `The zip holds no adapter: ${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} missing.`,
  );
}
