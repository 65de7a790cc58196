import { createHash } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { DyloraError, FormatError } from "@dylora/errors";
import { decodeCheckpoint, encodeCheckpoint } from "../checkpoint/encode.ts";
import type { CheckpointStoreOptions } from "../checkpoint/memory-store.ts";
import { type Checkpoint, type CheckpointStore, DEFAULT_KEPT_CHECKPOINTS } from "../checkpoint/store.ts";
import { availableMemoryGuard } from "./available-memory.ts";
import { outputError } from "./file-error.ts";
import { openFile } from "./file-source.ts";
import { hashSource } from "./hash-file.ts";
import { readJsonObject } from "./read-json.ts";
import { writeFileAtomic } from "./write-file.ts";

/** Names the checkpoints, the one saved last first. Replacing it is what makes a new checkpoint count. */
const POINTER = "checkpoints.json";
const FILE_NAME = /^step-(\d{10,16})-[0-9a-f]{8}\.safetensors$/;
const ABANDONED = /^\.(step-|checkpoints).*\.partial-[0-9a-f]+$/;

interface Kept {
  readonly file: string;
  /** SHA-256 of the file; absent when the pointer was lost. */
  readonly sha256?: string;
}

/** The digest in the name keeps a step that is saved again from touching the file the pointer still names. */
const fileName = (step: number, sha256: string) =>
  `step-${String(step).padStart(10, "0")}-${sha256.slice(0, 8)}.safetensors`;
const stepOf = ({ file }: Kept) => Number(FILE_NAME.exec(file)?.[1]);

function isKept(value: unknown): value is Kept {
  const { file, sha256 } = (value ?? {}) as Record<string, unknown>;
  return typeof file === "string" && FILE_NAME.test(file) && typeof sha256 === "string";
}

async function checkpointFiles(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch(() => []);
  return names.filter((name) => FILE_NAME.test(name)).sort();
}

/** Removes checkpoints that are not kept and what a crash left half written. */
async function removeOthers(dir: string, kept: ReadonlySet<string>): Promise<void> {
  const names = await readdir(dir);
  const stale = names.filter((name) => ABANDONED.test(name) || (FILE_NAME.test(name) && !kept.has(name)));
  for (const name of stale) await rm(join(dir, name), { force: true });
}

async function keptIn(dir: string): Promise<readonly Kept[]> {
  try {
    const { checkpoints } = await readJsonObject(join(dir, POINTER));
    if (Array.isArray(checkpoints) && checkpoints.length > 0 && checkpoints.every(isKept)) return checkpoints;
  } catch (error) {
    if (!DyloraError.isInstance(error)) throw error;
  }
  return (await checkpointFiles(dir)).reverse().map((file) => ({ file }));
}

async function load(dir: string, { file, sha256 }: Kept): Promise<Checkpoint> {
  const source = await openFile(join(dir, file));
  try {
    if (sha256 !== undefined && (await hashSource(source, "sha256")) !== sha256) {
      throw new FormatError("checkpoint_corrupt", `${source.name} does not have the checksum it was saved with`);
    }
    return await decodeCheckpoint(source, { guard: availableMemoryGuard() });
  } finally {
    await source.close();
  }
}

/**
 * A {@link CheckpointStore} in a folder: one safetensors file for each checkpoint, and `checkpoints.json` that names
 * them with their SHA-256, the one saved last first.
 *
 * Every file is written beside its target, flushed and renamed, so a crash at any moment leaves a usable checkpoint.
 * A damaged newest file is skipped with a warning. The folder is created by the first save.
 *
 * @example
 * ```ts
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { fileCheckpointStore } from "@dylora/io/node";
 *
 * const store = fileCheckpointStore(join(await mkdtemp(join(tmpdir(), "run-")), "checkpoint"));
 * await store.save({ step: 100, tensors: { "query.lora_A": new Float32Array(8) }, metadata: { epoch: 1 } });
 * console.log((await store.latest())?.metadata);
 * ```
 */
export function fileCheckpointStore(
  dir: string,
  { keep = DEFAULT_KEPT_CHECKPOINTS }: CheckpointStoreOptions = {},
): CheckpointStore {
  return {
    async save(checkpoint) {
      const parts = encodeCheckpoint(checkpoint);
      await mkdir(dir, { recursive: true }).catch((cause) => {
        throw outputError(dir, cause);
      });
      const hash = createHash("sha256");
      for (const part of parts) hash.update(part);
      const sha256 = hash.digest("hex");
      const newest = { file: fileName(checkpoint.step, sha256), sha256 };
      await writeFileAtomic(join(dir, newest.file), parts);
      const older = (await keptIn(dir)).filter((entry) => stepOf(entry) !== checkpoint.step);
      const kept = [newest, ...older].slice(0, keep);
      await writeFileAtomic(join(dir, POINTER), `${JSON.stringify({ checkpoints: kept }, null, 2)}\n`);
      await removeOthers(dir, new Set(kept.map(({ file }) => file)));
    },
    async latest() {
      const kept = await keptIn(dir);
      const warnings: string[] = [];
      for (const entry of kept) {
        try {
          return { ...(await load(dir, entry)), warnings };
        } catch (error) {
          if (!DyloraError.isInstance(error) || error.code === "out_of_memory") throw error;
          warnings.push(`checkpoint of step ${stepOf(entry)} skipped: ${error.message}`);
        }
      }
      if (kept.length === 0) return undefined;
      throw new FormatError("checkpoint_corrupt", `${dir}: no checkpoint can be read: ${warnings.join("; ")}`, {
        details: { dir },
      });
    },
    list: async () => (await keptIn(dir)).map(stepOf),
  };
}
