import { checkWhole } from "@dylora/errors";
import { type DropoutKey, foldKey, foldName } from "@dylora/tensor";

/** The step of a training run that a forward pass belongs to. It decides every dropout mask. */
export interface StepContext {
  /** Seed of the run, a whole number. */
  readonly seed: number;
  /** Optimiser step, from 0. */
  readonly step: number;
  /** Index of the micro-batch's first example within the step. Default 0. */
  readonly firstExample?: number;
}

/** Names the place of one dropout mask, or undefined where nothing is dropped. */
export type DropoutAt = (site: string, probability: number) => DropoutKey | undefined;

const dropoutStream = 0x64726f70;

/**
 * Dropout masks of a step: functions of seed, step, site and example alone.
 *
 * @param context undefined: inference, nothing is dropped
 * @throws ConfigError `bad_step_context` for anything but whole numbers, steps and examples from 0
 */
export function dropoutAt(context: StepContext | undefined): DropoutAt {
  if (context === undefined) return () => undefined;
  const { seed, step, firstExample = 0 } = context;
  checkWhole("bad_step_context", "seed", seed);
  checkWhole("bad_step_context", "step", step, { min: 0 });
  checkWhole("bad_step_context", "firstExample", firstExample, { min: 0 });
  const stepKey = foldKey(foldKey(seed, dropoutStream), step);
  return (site, probability) =>
    probability === 0 ? undefined : { key: foldName(stepKey, site), probability, firstExample };
}
