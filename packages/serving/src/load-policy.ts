import { checkWhole } from "@dylora/errors";

/** The highest rank served while at least so many requests wait. */
export interface LoadStep {
  /** Requests waiting, those of the batch to come included. */
  readonly waiting: number;
  /** Highest rank they get. */
  readonly rank: number;
}

/**
 * The rank that a request gets which asked for one while others wait. It is never higher than what was asked for.
 *
 * @param asked rank asked for
 * @param waiting requests waiting, those of the batch to come included
 * @param steps when ranks are lowered, in any order
 *
 * @example
 * ```ts
 * import { rankUnderLoad } from "@dylora/serving";
 *
 * console.log(rankUnderLoad(8, 20, [{ waiting: 16, rank: 4 }])); // 4
 * ```
 */
export function rankUnderLoad(asked: number, waiting: number, steps: readonly LoadStep[]): number {
  const reached = steps.filter((step) => waiting >= step.waiting).map(({ rank }) => rank);
  return Math.min(asked, ...reached);
}

/** Refuses steps that are not whole numbers. @throws ConfigError `bad_option` */
export function checkSteps(steps: readonly LoadStep[]): void {
  for (const { waiting, rank } of steps) {
    checkWhole("bad_option", "waiting of a step", waiting, { min: 1 });
    checkWhole("bad_option", "rank of a step", rank, { min: 1 });
  }
}
