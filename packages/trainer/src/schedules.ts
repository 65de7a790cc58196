import { checkWhole } from "@dylora/errors";

/** Factor on the learning rate at a step, counted from 0. */
export type Schedule = (step: number) => number;

/** Length of a schedule with warm-up. */
export interface ScheduleOptions {
  /** Steps of the whole run. */
  readonly steps: number;
  /** Steps over which the factor rises from 0 to 1. Default 0. */
  readonly warmup?: number;
}

function check({ steps, warmup = 0 }: ScheduleOptions): { steps: number; warmup: number } {
  checkWhole("bad_schedule", "steps", steps, { min: 1 });
  checkWhole("bad_schedule", "warmup", warmup, { min: 0, max: steps });
  return { steps, warmup };
}

/** Rises to 1, then falls to 0 in a straight line: transformers' `get_linear_schedule_with_warmup`. */
export function linearSchedule(options: ScheduleOptions): Schedule {
  const { steps, warmup } = check(options);
  return (step) =>
    step < warmup ? step / Math.max(1, warmup) : Math.max(0, (steps - step) / Math.max(1, steps - warmup));
}

/**
 * Rises to 1, then falls to 0 along half a cosine: transformers' `get_cosine_schedule_with_warmup`.
 *
 * @param options length, warm-up, and `cycles`: waves of the cosine, default a half
 */
export function cosineSchedule({ cycles = 0.5, ...options }: ScheduleOptions & { readonly cycles?: number }): Schedule {
  const { steps, warmup } = check(options);
  return (step) =>
    step < warmup
      ? step / Math.max(1, warmup)
      : Math.max(0, 0.5 * (1 + Math.cos((2 * Math.PI * cycles * (step - warmup)) / Math.max(1, steps - warmup))));
}

/** Rises to 1 and stays: transformers' `get_constant_schedule_with_warmup`. */
export function constantSchedule({ warmup = 0 }: { readonly warmup?: number } = {}): Schedule {
  return (step) => (step < warmup ? step / Math.max(1, warmup) : 1);
}
