import { bytesFromArray } from "../byte-source.ts";
import { concatBytes } from "../safetensors/encode.ts";
import { decodeCheckpoint, encodeCheckpoint } from "./encode.ts";
import { type CheckpointStore, DEFAULT_KEPT_CHECKPOINTS } from "./store.ts";

/** Settings that every kind of checkpoint store has. */
export interface CheckpointStoreOptions {
  /** How many checkpoints are kept; older ones are dropped. Default 2. */
  readonly keep?: number;
}

/**
 * A {@link CheckpointStore} in memory, for tests and for the browser. Checkpoints are held as the bytes that a file
 * would hold, so nothing saved can change afterwards.
 */
export function memoryCheckpointStore({
  keep = DEFAULT_KEPT_CHECKPOINTS,
}: CheckpointStoreOptions = {}): CheckpointStore {
  let saved: { step: number; bytes: Uint8Array }[] = [];
  return {
    async save(checkpoint) {
      const bytes = concatBytes(encodeCheckpoint(checkpoint));
      saved = [{ step: checkpoint.step, bytes }, ...saved.filter(({ step }) => step !== checkpoint.step)].slice(
        0,
        keep,
      );
    },
    async latest() {
      const newest = saved[0];
      return newest && { ...(await decodeCheckpoint(bytesFromArray(newest.bytes))), warnings: [] };
    },
    list: async () => saved.map(({ step }) => step),
  };
}
