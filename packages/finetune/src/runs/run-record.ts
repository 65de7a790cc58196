import { FormatError } from "@dylora/errors";
import { readJsonObject, writeFileAtomic } from "@dylora/io/node";
import { z } from "zod";
import { readSettings } from "../settings/read-settings.ts";
import { type TrainingSettings, trainingSettings } from "../settings/training-settings.ts";
import { type OutputKind, outputKinds } from "../tasks/output-kind.ts";
import { type PromptFormName, promptFormNames } from "../tasks/prompt-forms.ts";
import type { BestEvaluation } from "./best-evaluation.ts";
import { runPaths } from "./run-paths.ts";

/** What `run.json` holds: all that is needed to repeat a run. */
export interface RunRecord {
  /** Always `dylora-run`. */
  readonly format: "dylora-run";
  /** Version of the format. */
  readonly version: 1;
  /** When the run began, ISO 8601. */
  readonly created: string;
  /** The command, argument by argument. */
  readonly command: readonly string[];
  /** Every setting, defaults included, as they are now. */
  readonly settings: TrainingSettings;
  /** What was changed when the run went on, in order. */
  readonly changes?: readonly RunChange[] | undefined;
  /**
   * True while events and checkpoints of an earlier run, which this one replaces, may still lie in the folder; they count
   * for nothing.
   */
  readonly replacing?: boolean | undefined;
  /** How training ended last; absent while it runs, and after a crash. */
  readonly ended?: RunEnd | undefined;
  /** Optimiser steps of the whole run. */
  readonly steps: number;
  /** The task. */
  readonly task: {
    /** Short name. */
    readonly name: string;
    /** What is learnt. */
    readonly kind: OutputKind;
    /** Class names by class id; empty where there are none. */
    readonly labels: readonly string[];
    /** Examples trained on. */
    readonly trainingExamples: number;
    /** How prompts were written, also where nothing was said; undefined for tasks without, and in older records. */
    readonly promptForm?: PromptFormName | undefined;
    /** What evaluations measure; undefined in older records. */
    readonly metric?: { readonly name: string; readonly higherIsBetter: boolean } | undefined;
  };
  /** The base model. */
  readonly base: {
    /** Hub name, or absolute path. */
    readonly name: string;
    /** As its `config.json` names it: `roberta`. */
    readonly architecture: string;
    /** Its parameters. */
    readonly parameters: number;
    /** Most tokens of an example in this run. */
    readonly maxLength: number;
    /** `tokenizerPrint` of its tokenizer; undefined in older records. */
    readonly tokenizer?: string | undefined;
  };
  /** The backend that the run was started on. */
  readonly engine: { readonly id: string; readonly detail: string };
  /** Versions of Node and of the packages. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Settings that were changed when a run went on. */
export interface RunChange {
  /** Steps that had been taken. */
  readonly step: number;
  /** When, ISO 8601. */
  readonly time: string;
  /** The command, argument by argument. */
  readonly command: readonly string[];
  /** By name of the setting: its value before, and from then on; null stands for none. */
  readonly settings: Readonly<Record<string, { readonly before: unknown; readonly now: unknown }>>;
}

/** How training ended. */
export interface RunEnd {
  /** Steps taken in all. */
  readonly step: number;
  /** Why: as the trainer says, or `failed`. */
  readonly reason: "done" | "early-stopping" | "aborted" | "failed";
  /** CPU seconds of training, all processes and threads together; absent where a part is not known, and in older records. */
  readonly cpuSeconds?: number | undefined;
  /** The evaluation whose adapter was kept; absent where the last adapter was. */
  readonly best?: BestEvaluation | undefined;
  /** Code of the error, where training failed with one of ours; undefined in older records. */
  readonly error?: string | undefined;
  /** What went wrong, or how the loss went where it did not fall. */
  readonly warning?: string | undefined;
}

const name = z.string().min(1);
const count = z.int().nonnegative();

const schema = z.object({
  format: z.literal("dylora-run"),
  version: z.literal(1),
  replacing: z.boolean().optional(),
  created: z.string(),
  command: z.array(z.string()),
  settings: z.record(z.string(), z.unknown()),
  changes: z
    .array(
      z.object({
        step: count,
        time: z.string(),
        command: z.array(z.string()),
        settings: z.record(z.string(), z.object({ before: z.unknown(), now: z.unknown() })),
      }),
    )
    .optional(),
  ended: z
    .object({
      step: count,
      reason: z.enum(["done", "early-stopping", "aborted", "failed"]),
      cpuSeconds: z.number().nonnegative().optional(),
      best: z.object({ step: count, rank: count, metric: z.number(), loss: z.number().optional() }).optional(),
      error: z.string().optional(),
      warning: z.string().optional(),
    })
    .optional(),
  steps: z.int().positive(),
  task: z.object({
    name,
    kind: z.enum(outputKinds),
    labels: z.array(z.string()),
    trainingExamples: count,
    promptForm: z.enum(promptFormNames).optional(),
    metric: z.object({ name, higherIsBetter: z.boolean() }).optional(),
  }),
  base: z.object({
    name,
    architecture: name,
    parameters: count,
    maxLength: z.int().positive(),
    tokenizer: name.optional(),
  }),
  engine: z.object({ id: name, detail: z.string() }),
  versions: z.record(z.string(), z.string()),
});

/**
 * Reads the record of a run folder.
 *
 * @throws FormatError `not_a_run` when the folder has none, `bad_run_record` naming the member at fault
 */
export async function readRunRecord(dir: string): Promise<RunRecord> {
  const { record: path } = runPaths(dir);
  const json = await readJsonObject(path).catch((cause) => {
    if (cause.code !== "file_missing") throw cause;
    throw new FormatError("not_a_run", `${dir} is no run folder of dylora: it has no run.json`, { cause });
  });
  const result = schema.safeParse(json);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new FormatError("bad_run_record", `${path}: ${issue?.path.join(".")}: ${issue?.message}`, {
      details: { path },
    });
  }
  const { settings: own, ...record } = result.data;
  // Older runs did not clip where nothing was said, and JSON keeps no undefined.
  const settings = { clipNorm: 0, ...own };
  return { ...record, settings: readSettings(trainingSettings, [{ values: settings, file: path }]) };
}

/** Writes the record of a run into its folder. */
export async function writeRunRecord(dir: string, record: RunRecord): Promise<void> {
  await writeFileAtomic(runPaths(dir).record, `${JSON.stringify(record, null, 2)}\n`);
}
