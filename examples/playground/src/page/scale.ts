import { tickStep, ticks } from "d3-array";

/** An axis: where it begins and ends, and where it has marks. */
export interface Scale {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
}

/**
 * An axis for values from 0 up: it begins at 0, so that lengths can be compared, and ends at a mark above all values. What
 * is no number has no place on it.
 *
 * @param wanted about how many marks
 */
export function scaleFromZero(values: readonly number[], wanted = 5): Scale {
  const highest = Math.max(0, ...values.filter(Number.isFinite));
  if (highest === 0) return { from: 0, to: 1, ticks: [0, 0.5, 1] };
  const step = tickStep(0, highest, wanted);
  const to = Math.ceil(highest / step - 1e-9) * step;
  return { from: 0, to, ticks: ticks(0, to, wanted) };
}

/** An axis for whole numbers, from the first to the last. */
export function wholeScale(from: number, to: number, wanted = 8): Scale {
  const marks = ticks(from, to, wanted).filter(Number.isInteger);
  return { from, to, ticks: [...new Set([from, ...marks])] };
}
