import { createHash, type Hash } from "node:crypto";

/** A hash, fed with nothing yet, that ends in the checksum of a blob: SHA-256, or git's SHA-1 (40 digits). */
export function newBlobHash({ checksum, size }: { readonly checksum: string; readonly size: number }): Hash {
  if (checksum.length === 64) return createHash("sha256");
  // Git names a blob by the hash of a header and the content.
  return createHash("sha1").update(`blob ${size}\0`);
}
