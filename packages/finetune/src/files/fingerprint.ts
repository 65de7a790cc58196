import { createHash, type Hash } from "node:crypto";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";

/** Files up to this size are read whole; of larger ones samples are, which any training changes. */
const WHOLE = 64 << 20;
const HEAD = 1 << 20;
const SAMPLES = 512;
const SAMPLE = 4096;

/** What decides a model's or adapter's numbers. */
const RELEVANT = /\.(json|safetensors|txt|model)$/;

async function addFile(hash: Hash, path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    const add = async (from: number, length: number): Promise<void> => {
      const buffer = new Uint8Array(Math.min(length, size - from));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
      hash.update(buffer.subarray(0, bytesRead));
    };
    hash.update(`${size}\n`);
    if (size <= WHOLE) for (let at = 0; at < size; at += HEAD) await add(at, HEAD);
    else {
      await add(0, HEAD);
      for (let sample = 1; sample <= SAMPLES; sample++) {
        await add(Math.floor((sample / SAMPLES) * (size - SAMPLE)), SAMPLE);
      }
    }
  } finally {
    await handle.close();
  }
}

/** A digest of named files: equal for equal content, wherever they lie. Missing ones count as missing. */
export async function filesFingerprint(dir: string, names: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const name of [...names].sort()) {
    hash.update(`${name}\n`);
    await addFile(hash, join(dir, name)).catch((error) => {
      if (error.code !== "ENOENT" && error.code !== "EISDIR") throw error;
    });
  }
  return hash.digest("hex");
}

/** A digest of a model folder or PEFT folder: its configuration, weights and tokenizer. */
export async function folderFingerprint(dir: string): Promise<string> {
  const names = await readdir(dir);
  return filesFingerprint(
    dir,
    names.filter((name) => RELEVANT.test(name)),
  );
}

/** A digest of texts or numbers. */
export const valueFingerprint = (value: unknown): string =>
  createHash("sha256").update(JSON.stringify(value)).digest("hex");

/** Settings by flag, as text. Those that are not given are left out. */
export function decisiveFlags(settings: Readonly<Record<string, unknown>>): Record<string, string> {
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    given.map(([name, value]) => [`'${name}'`, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}
