import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** Whether two paths are one file, or files of the same bytes. Folders are compared by their place alone. */
export async function isSameContent(one: string, other: string): Promise<boolean> {
  if ((await realpath(one)) === (await realpath(other))) return true;
  const [a, b] = [await stat(one), await stat(other)];
  if (!a.isFile() || !b.isFile() || a.size !== b.size) return false;
  return (await hashOf(one)) === (await hashOf(other));
}
