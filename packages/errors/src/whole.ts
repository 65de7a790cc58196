import { ConfigError } from "./kinds.ts";

/** Between which numbers a whole number must lie. */
export interface WholeBounds {
  /** The lowest; default none. */
  readonly min?: number;
  /** The highest; default none. */
  readonly max?: number;
}

/**
 * Whether a value is a whole number within bounds. Numbers beyond 2⁵³, which no longer count by ones, are not.
 *
 * @example
 * ```ts
 * import { isWhole } from "@dylora/errors";
 *
 * console.log(isWhole(8, { min: 1 }), isWhole(0.5), isWhole("8")); // true false false
 * ```
 */
export function isWhole(value: unknown, { min = -Infinity, max = Infinity }: WholeBounds = {}): value is number {
  return Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
}

/**
 * What a whole number within bounds is called in messages.
 *
 * @example
 * ```ts
 * import { wholeNumber } from "@dylora/errors";
 *
 * console.log(wholeNumber({ min: 1 })); // a whole number of at least 1
 * ```
 */
export function wholeNumber({ min, max }: WholeBounds = {}): string {
  const least = min === undefined ? "" : ` of at least ${min}`;
  const both = min === undefined ? ` of at most ${max}` : ` from ${min} to ${max}`;
  return `a whole number${max === undefined ? least : both}`;
}

/**
 * Refuses a setting that is not a whole number within bounds.
 *
 * @param code code of the error
 * @param name what the message calls the setting
 * @throws ConfigError of that code, whose `details` hold the value under its name
 *
 * @example
 * ```ts
 * import { checkWhole } from "@dylora/errors";
 *
 * try {
 *   checkWhole("bad_seed", "seed", 0.5);
 * } catch (error) {
 *   console.log((error as Error).message); // seed is 0.5; it must be a whole number
 * }
 * ```
 */
export function checkWhole(code: string, name: string, value: unknown, bounds: WholeBounds = {}): void {
  if (isWhole(value, bounds)) return;
  // Small on purpose: what browsers load has this everywhere, and may have no other use for showValue.
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  throw new ConfigError(code, `${name} is ${shown}; it must be ${wholeNumber(bounds)}`, {
    details: { [name]: value },
  });
}
