/** How near two lists of numbers must be; see {@link expectAllClose}. */
export interface Closeness {
  /** Largest allowed |actual − expected|, in units of the larger of 1 and the largest |expected|. */
  readonly tolerance: number;
  /** What is compared, for the message. */
  readonly what?: string;
  /** Shape of both, so that the message names an index instead of an offset. */
  readonly shape?: readonly number[];
}

function indexOf(offset: number, shape: readonly number[] | undefined): string {
  if (shape === undefined || shape.length === 0) return `at ${offset}`;
  let rest = offset;
  const index = shape.toReversed().map((size) => {
    const place = rest % size;
    rest = Math.floor(rest / size);
    return place;
  });
  return `at [${index.reverse().join(", ")}]`;
}

/**
 * Throws unless both lists are equally long and near each other everywhere. NaN and infinities must be at the same
 * places. The bound is relative to the largest expected number, as rounding in sums of products is.
 *
 * @param actual what was computed
 * @param expected what it should be
 * @throws Error naming how many numbers are off, and the worst of them
 *
 * @example
 * ```ts
 * import { expectAllClose } from "@dylora/test-kit";
 * import { test } from "vitest";
 *
 * test("logits", () => expectAllClose([1, 2.0001], [1, 2], { tolerance: 1e-3, what: "logits" }));
 * ```
 */
export function expectAllClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { tolerance, what = "result", shape }: Closeness,
): void {
  if (actual.length !== expected.length) {
    throw new Error(`${what}: ${actual.length} numbers, expected ${expected.length}`);
  }
  let scale = 1;
  for (let i = 0; i < expected.length; i++) {
    const size = Math.abs(expected[i] as number);
    if (Number.isFinite(size)) scale = Math.max(scale, size);
  }
  let off = 0;
  let worst = { offset: 0, difference: -1 };
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i] as number, expected[i] as number];
    if (Object.is(a, e) || a === e) continue;
    const difference = Number.isFinite(a - e) ? Math.abs(a - e) : Number.POSITIVE_INFINITY;
    if (difference <= tolerance * scale) continue;
    off++;
    if (difference > worst.difference) worst = { offset: i, difference };
  }
  if (off === 0) return;
  const { offset, difference } = worst;
  throw new Error(
    `${what}: ${off} of ${expected.length} numbers are off by more than ${(tolerance * scale).toPrecision(3)}; worst ` +
      `${indexOf(offset, shape)}: got ${actual[offset]}, expected ${expected[offset]} (off by ${difference.toPrecision(3)})`,
  );
}

/** Throws unless both lists hold the same bits, number for number (−0 and 0 differ, NaN equals NaN). */
export function expectSameBits(actual: ArrayLike<number>, expected: ArrayLike<number>, what = "result"): void {
  if (actual.length !== expected.length) {
    throw new Error(`${what}: ${actual.length} numbers, expected ${expected.length}`);
  }
  for (let i = 0; i < expected.length; i++) {
    if (!Object.is(actual[i], expected[i])) throw new Error(`${what} at ${i}: got ${actual[i]}, before ${expected[i]}`);
  }
}
