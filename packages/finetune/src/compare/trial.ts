import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError, FormatError } from "@dylora/errors";
import { readJsonObject, writeFileAtomic } from "@dylora/io/node";
import type { CurvePoint } from "@dylora/report";
import { z } from "zod";

/** What is trained in one go: DyLoRA, or a LoRA of one rank, with one seed. */
export interface TrialPlan {
  /** What is trained. */
  readonly method: "dylora" | "lora";
  /** Its highest rank. */
  readonly rank: number;
  /** Seed of everything random. */
  readonly seed: number;
}

/** A finished trial of a comparison: one training run, and what was measured of it. */
export interface Trial extends TrialPlan {
  /** Seconds of training. */
  readonly trainSeconds: number;
  /** Optimiser steps; absent in older files. */
  readonly steps?: number | undefined;
  /** CPU seconds of training; absent where they are not known. */
  readonly cpuSeconds?: number | undefined;
  /** Points at the ranks that were evaluated, rising. Without a metric where training broke down. */
  readonly points: readonly CurvePoint[];
  /** What went wrong in training, where something did: it broke down, or its loss did not fall. */
  readonly warning?: string | undefined;
}

const score = z.number().nullable();
const count = z.number().nonnegative();

const schema = z.object({
  format: z.literal("dylora-part"),
  version: z.literal(1),
  settings: z.record(z.string(), z.unknown()),
  method: z.enum(["dylora", "lora"]),
  rank: z.int().positive(),
  seed: z.int(),
  trainSeconds: count,
  steps: count.optional(),
  cpuSeconds: count.optional(),
  warning: z.string().optional(),
  points: z.array(
    z.object({
      rank: z.int().positive(),
      parameters: z.object({ lora: count, head: count, total: count }),
      metric: score,
      low: score.optional(),
      high: score.optional(),
      loss: score.optional(),
      seconds: count,
      metrics: z.record(z.string(), score).optional(),
    }),
  ),
});

/** The name of a part, by which its files go. */
export const partName = ({ method, rank, seed }: TrialPlan): string => `${method}-rank-${rank}-seed-${seed}`;

const fileOf = (folder: string, plan: TrialPlan): string => join(folder, `${partName(plan)}.json`);

/** A part as its file has it. */
export interface StoredPart extends Trial {
  /** Settings that it was made with. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/**
 * Reads the file of a part.
 *
 * @throws FormatError `file_missing`, `bad_part`
 */
export async function readPart(path: string): Promise<StoredPart> {
  const result = schema.safeParse(await readJsonObject(path));
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new FormatError(
      "bad_part",
      `${path}: ${issue?.path.join(".")}: ${issue?.message}; remove it to run it again`,
    );
  }
  const { format: _, version: __, ...part } = result.data;
  return part;
}

/** Where the finished parts of a comparison are kept. */
export interface TrialStore {
  /**
   * A part that is finished.
   *
   * @throws ConfigError `resume_differs` when it was made with other settings; FormatError `bad_part`
   */
  find(plan: TrialPlan): Promise<Trial | undefined>;
  /** Keeps a part. */
  keep(part: Trial): Promise<void>;
}

/**
 * Keeps parts as JSON files in a folder.
 *
 * @param settings everything that decides the result; a part made with other settings is refused
 *
 * @experimental
 */
export function trialStore(folder: string, settings: object): TrialStore {
  const own = JSON.stringify(settings);
  return {
    async find(plan) {
      const path = fileOf(folder, plan);
      const stored = await readPart(path).catch((error) => {
        if (error.code === "file_missing") return undefined;
        throw error;
      });
      if (stored === undefined) return undefined;
      const { settings: theirs, ...part } = stored;
      if (JSON.stringify(theirs) === own) return part;
      throw new ConfigError(
        "resume_differs",
        `${path} was made with other settings; give the options that the comparison was begun with, or another 'out'`,
      );
    },
    async keep(part) {
      await mkdir(folder, { recursive: true });
      const content = { format: "dylora-part", version: 1, ...part, settings };
      await writeFileAtomic(fileOf(folder, part), `${JSON.stringify(content, null, 2)}\n`);
    },
  };
}
