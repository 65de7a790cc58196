import { fileCheckpointStore } from "@dylora/io/node";
import type { CheckpointStore } from "@dylora/trainer";
import { runPaths } from "./run-paths.ts";
import type { RunRecord } from "./run-record.ts";

/** A checkpoint that was read back, with a line for each damaged one that was skipped. */
export type RunCheckpoint = NonNullable<Awaited<ReturnType<CheckpointStore["latest"]>>> & {
  readonly warnings: readonly string[];
};

/** The checkpoints of one run. */
export interface RunCheckpoints extends CheckpointStore {
  latest(): Promise<RunCheckpoint | undefined>;
  /** Step of the newest checkpoint that was read or written; undefined when there is none. */
  readonly newest: number | undefined;
}

/** The adapter of the best evaluation of this run, as {@link runCheckpoints} has its checkpoints. */
export function runBest(dir: string, { replacing }: Pick<RunRecord, "replacing">): CheckpointStore {
  const store = fileCheckpointStore(runPaths(dir).best);
  return { save: store.save, latest: async () => (replacing === true ? undefined : store.latest()) };
}

/**
 * The checkpoints in a run folder that are of this run. While it replaces another run, those that lie there are the
 * other's.
 */
export function runCheckpoints(dir: string, { replacing }: Pick<RunRecord, "replacing">): RunCheckpoints {
  const store = fileCheckpointStore(runPaths(dir).checkpoint);
  let newest: number | undefined;
  return {
    async save(checkpoint) {
      await store.save(checkpoint);
      newest = checkpoint.step;
    },
    async latest() {
      const checkpoint = replacing === true ? undefined : await store.latest();
      newest = checkpoint?.step;
      return checkpoint;
    },
    get newest() {
      return newest;
    },
  };
}
