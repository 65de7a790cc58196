import { realpath } from "node:fs/promises";
import { basename, join } from "node:path";
import { FormatError } from "@dylora/errors";
import { openFile } from "../file-source.ts";
import { updateHash } from "../hash-file.ts";
import { newBlobHash } from "./blob-hash.ts";

/** Bytes of the largest file that is read to the end without the hub's word on its size. */
const LARGEST_CHECKED = 64 << 20;

/**
 * Checks files of the cache against the checksums that their blobs are named by. Offline nobody says how large they
 * should be, and a text that a full disk cut short reads like a whole one. Weights are left out: their own header says
 * how long they are.
 *
 * @throws FormatError `checksum_mismatch` naming the file and what to do
 */
export async function checkSnapshot(dir: string, files: readonly string[]): Promise<void> {
  for (const file of files) {
    if (file.endsWith(".safetensors")) continue;
    const path = await realpath(join(dir, ...file.split("/")));
    const checksum = basename(path);
    if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(checksum)) continue;
    const source = await openFile(path);
    try {
      if (source.size > LARGEST_CHECKED) continue;
      const hash = newBlobHash({ checksum, size: source.size });
      await updateHash(hash, source, source.size);
      if (hash.digest("hex") === checksum) continue;
    } finally {
      await source.close();
    }
    throw new FormatError(
      "checksum_mismatch",
      `${path} is damaged (the cache's ${file}): remove it, and download again without HF_HUB_OFFLINE`,
      { details: { path } },
    );
  }
}
