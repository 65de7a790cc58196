import type { JsonValue } from "@dylora/dylora-sampler";
import { isWhole, TrainingError } from "@dylora/errors";
import type { Adapter } from "@dylora/lora-core";
import type { AdamW } from "./adamw.ts";

/** A checkpoint as `@dylora/io` stores it: named flat arrays and JSON. */
export interface Checkpoint {
  /** Optimiser steps taken. */
  readonly step: number;
  /** Arrays by name. */
  readonly tensors: Readonly<Record<string, Float32Array | Int32Array>>;
  /** Everything else. */
  readonly metadata: JsonValue;
}

/** Where checkpoints go; `fileCheckpointStore` and `memoryCheckpointStore` of `@dylora/io` are two. */
export interface CheckpointStore {
  /** Stores a checkpoint; when it returns, it will be found again, even after a crash. */
  save(checkpoint: Checkpoint): Promise<void>;
  /** The newest readable checkpoint, if any. */
  latest(): Promise<
    { step: number; tensors: Readonly<Record<string, ArrayLike<unknown>>>; metadata: unknown } | undefined
  >;
}

/** What a checkpoint holds besides arrays. */
export interface TrainerState {
  /** Seed of dropout. */
  readonly seed: number;
  /** The sampler's own state. */
  readonly sampler: JsonValue;
  /** Early stopping: best metric so far and evaluations since; null while no metric was defined. */
  readonly best: { readonly metric: number; readonly since: number } | null;
  /** Step of the last evaluation that was finished; 0 before the first. Checkpoints of earlier versions lack it. */
  readonly evaluated?: number;
}

const momentNames = { m: "adamw.first.", v: "adamw.second." } as const;
const stepsName = "adamw.steps";

/** The parameters of an adapter as a checkpoint holds them, copied: {@link restoreParameters} puts them back. */
export function parameterTensors({ parameters }: Adapter): Record<string, Float32Array> {
  return Object.fromEntries(
    parameters.entries.map(({ name, offset, size }) => [name, parameters.values.slice(offset, offset + size)]),
  );
}

/** Everything that decides how training goes on. Data need no state: their position is the step. */
export function makeCheckpoint(
  step: number,
  { parameters }: Adapter,
  optimizer: AdamW,
  state: TrainerState,
): Checkpoint {
  const tensors: Record<string, Float32Array | Int32Array> = { [stepsName]: optimizer.steps.slice() };
  for (const { name, offset, size } of parameters.entries) {
    tensors[name] = parameters.values.slice(offset, offset + size);
    tensors[momentNames.m + name] = optimizer.firstMoment.slice(offset, offset + size);
    tensors[momentNames.v + name] = optimizer.secondMoment.slice(offset, offset + size);
  }
  return { step, tensors, metadata: { trainer: { ...state } } };
}

function take(
  target: Float32Array | Int32Array,
  tensors: Readonly<Record<string, ArrayLike<unknown>>>,
  name: string,
): void {
  const values = tensors[name];
  if (values === undefined || values.length !== target.length) {
    const found = values === undefined ? "missing" : `${values.length} numbers`;
    throw new TrainingError(
      "checkpoint_mismatch",
      `the checkpoint does not fit this adapter: "${name}" is ${found}, ${target.length} are needed`,
    );
  }
  target.set(values as ArrayLike<number>);
}

/** Puts the parameters of a checkpoint into an adapter. @throws TrainingError `checkpoint_mismatch` */
export function restoreParameters(
  { parameters }: Adapter,
  { tensors }: Pick<Checkpoint, "tensors"> | { tensors: Readonly<Record<string, ArrayLike<unknown>>> },
): void {
  for (const { name } of parameters.entries) take(parameters.get(name), tensors, name);
}

/** Puts a checkpoint into adapter and optimiser. @throws TrainingError `checkpoint_mismatch` when it does not fit */
export function restoreCheckpoint(
  checkpoint: { tensors: Readonly<Record<string, ArrayLike<unknown>>>; metadata: unknown },
  adapter: Adapter,
  optimizer: AdamW,
): TrainerState {
  restoreParameters(adapter, checkpoint);
  for (const { name, offset, size } of adapter.parameters.entries) {
    take(optimizer.firstMoment.subarray(offset, offset + size), checkpoint.tensors, momentNames.m + name);
    take(optimizer.secondMoment.subarray(offset, offset + size), checkpoint.tensors, momentNames.v + name);
  }
  take(optimizer.steps, checkpoint.tensors, stepsName);
  return trainerState(checkpoint.metadata);
}

const isCount = (value: unknown): value is number => isWhole(value, { min: 0 });

/** What earlier versions wrote for a best that was NaN: null. It is no best. */
function isBest(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (typeof value !== "object") return false;
  const { metric, since } = value as Record<string, unknown>;
  return (metric === null || Number.isFinite(metric)) && isCount(since);
}

function trainerState(metadata: unknown): TrainerState {
  const state = (metadata as { trainer?: unknown } | null | undefined)?.trainer;
  if (typeof state !== "object" || state === null) {
    throw new TrainingError("checkpoint_mismatch", "the checkpoint holds no trainer state");
  }
  const { seed, sampler = null, best, evaluated } = state as Record<string, unknown>;
  const wrong = Object.entries({
    seed: isWhole(seed),
    best: isBest(best),
    evaluated: evaluated === undefined || isCount(evaluated),
  }).find(([, right]) => !right);
  if (wrong !== undefined) {
    throw new TrainingError("checkpoint_mismatch", `the checkpoint's trainer state is damaged: "${wrong[0]}"`);
  }
  return {
    seed: seed as number,
    sampler: sampler as JsonValue,
    best: (best ?? null) as TrainerState["best"],
    ...(evaluated === undefined ? {} : { evaluated: evaluated as number }),
  };
}

/**
 * How far a checkpoint is: the steps taken, and the step of the last evaluation that was finished. Events of later ones,
 * in a log for instance, will come again when training goes on from it.
 *
 * @throws TrainingError `checkpoint_mismatch` when it holds no trainer state
 */
export function checkpointProgress({ step, metadata }: { readonly step: number; readonly metadata: unknown }): {
  readonly step: number;
  readonly evaluated: number;
} {
  return { step, evaluated: trainerState(metadata).evaluated ?? step };
}
