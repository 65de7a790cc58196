import { mkdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { readJsonObject, writeFileAtomic } from "@dylora/io/node";
import { z } from "zod";
import type { Answers } from "../tasks/task.ts";

const schema = z.object({
  format: z.literal("dylora-measured"),
  version: z.literal(1),
  of: z.unknown(),
  rank: z.int().positive(),
  seconds: z.number().nonnegative(),
  answers: z.object({
    given: z.array(z.union([z.string(), z.number()])),
    loss: z.number().nullable().optional(),
  }),
});

/** What was measured at a rank. */
export interface MeasuredRank {
  /** What the model answered. */
  readonly answers: Answers;
  /** Wall-clock seconds that it took. */
  readonly seconds: number;
}

/** Where a sweep keeps the ranks that are done, until all are. */
export interface MeasuredStore {
  /** A rank that was measured before; undefined when it was not, or of something else. */
  find(rank: number): Promise<MeasuredRank | undefined>;
  /** Keeps a rank. Where there is no room for it, it is not kept. */
  keep(rank: number, measured: MeasuredRank): Promise<void>;
  /** Ranks that were kept or found. */
  readonly ranks: readonly number[];
  /** Removes them. */
  clear(): Promise<void>;
}

/**
 * Keeps ranks as JSON files in a folder.
 *
 * @param of all that decides the answers: the checkpoint, the examples, how texts are written
 */
export function measuredStore(folder: string, of: object): MeasuredStore {
  const own = JSON.stringify(of);
  const ranks = new Set<number>();
  const fileOf = (rank: number): string => join(folder, `rank-${rank}.json`);
  return {
    async find(rank) {
      const { data } = schema.safeParse(await readJsonObject(fileOf(rank)).catch(() => undefined));
      if (data === undefined || data.rank !== rank || JSON.stringify(data.of) !== own) return undefined;
      ranks.add(rank);
      return { answers: data.answers, seconds: data.seconds };
    },
    async keep(rank, measured) {
      const content = { format: "dylora-measured", version: 1, of, rank, ...measured };
      try {
        await mkdir(folder, { recursive: true });
        await writeFileAtomic(fileOf(rank), `${JSON.stringify(content)}\n`);
        ranks.add(rank);
      } catch {}
    },
    get ranks() {
      return [...ranks].sort((a, b) => a - b);
    },
    async clear() {
      for (const rank of ranks) await rm(fileOf(rank), { force: true });
      await rmdir(folder).catch(() => {});
    },
  };
}
