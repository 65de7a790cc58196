import { createHash, type Hash } from "node:crypto";
import type { ByteSource } from "../byte-source.ts";

const CHUNK = 4 << 20;

/** Feeds bytes `0..length` of a source to a hash, a few MB at a time. */
export async function updateHash(hash: Hash, source: ByteSource, length: number): Promise<void> {
  for (let at = 0; at < length; at += CHUNK) hash.update(await source.read(at, Math.min(CHUNK, length - at)));
}

/** Hash of a whole source, in hexadecimal. */
export async function hashSource(source: ByteSource, algorithm: "sha256" | "sha1"): Promise<string> {
  const hash = createHash(algorithm);
  await updateHash(hash, source, source.size);
  return hash.digest("hex");
}
