/** The highest rank served while at least so many requests wait. */
export interface LoadStep {
  /** Requests waiting, those of the batch to come included. */
  readonly waiting: number;
  /** Highest rank they get. */
  readonly rank: number;
}

/** Default: rank 4 from 16 waiting requests on, rank 1 from 64 on. */
export const loadSteps: readonly LoadStep[] = [
  { waiting: 16, rank: 4 },
  { waiting: 64, rank: 1 },
];

/** The rank that a request gets which asked for one while others wait. */
export function rankUnderLoad(asked: number, waiting: number, steps: readonly LoadStep[]): number {
  const reached = steps.filter((step) => waiting >= step.waiting).map(({ rank }) => rank);
  return Math.min(asked, ...reached);
}
