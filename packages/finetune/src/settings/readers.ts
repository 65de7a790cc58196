/**
 * Turns what a flag (a string) or a field of a config file (any JSON value) holds into a setting.
 *
 * @throws UnreadableError saying what would be right
 */
export type Reader<T> = (given: unknown) => T;

/** A value does not fit its option. The message says what would be right: "a whole number of at least 1". */
export class UnreadableError extends Error {
  override readonly name = "UnreadableError";
}

const asNumber = (given: unknown): number => {
  if (typeof given === "number") return given;
  return typeof given === "string" && given.trim() !== "" ? Number(given) : Number.NaN;
};

/** A text that is not empty. */
export const text: Reader<string> = (given) => {
  if (typeof given === "string" && given !== "") return given;
  throw new UnreadableError("a text");
};

/** True or false; a flag without a value is true. */
export const yes: Reader<boolean> = (given) => {
  if (typeof given === "boolean") return given;
  throw new UnreadableError("true or false");
};

/** A whole number. */
export function whole(least: number, most: number = Number.MAX_SAFE_INTEGER): Reader<number> {
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  return (given) => {
    const value = asNumber(given);
    if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
    throw new UnreadableError(least === Number.MIN_SAFE_INTEGER ? "a whole number" : `a whole number ${range}`);
  };
}

/** A number above 0. */
export const positive: Reader<number> = (given) => {
  const value = asNumber(given);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new UnreadableError("a number above 0");
};

/** A number from 0 up. */
export const notNegative: Reader<number> = (given) => {
  const value = asNumber(given);
  if (value >= 0 && Number.isFinite(value)) return value;
  throw new UnreadableError("a number of at least 0");
};

/** Any number. */
export const finite: Reader<number> = (given) => {
  const value = asNumber(given);
  if (Number.isFinite(value)) return value;
  throw new UnreadableError("a number");
};

/** A number above 0, at most 1. */
export const share: Reader<number> = (given) => {
  const value = asNumber(given);
  if (value > 0 && value <= 1) return value;
  throw new UnreadableError("a number above 0, at most 1");
};

/** A number from 0 to below 1. */
export const fraction: Reader<number> = (given) => {
  const value = asNumber(given);
  if (value >= 0 && value < 1) return value;
  throw new UnreadableError("a number from 0 to below 1");
};

/** One of several words. */
export function oneOf<const Word extends string>(words: readonly Word[]): Reader<Word> {
  return (given) => {
    const word = words.find((candidate) => candidate === given);
    if (word !== undefined) return word;
    throw new UnreadableError(`one of ${words.join(", ")}`);
  };
}

const piecesOf = (given: unknown): readonly unknown[] => {
  if (Array.isArray(given)) return given;
  return typeof given === "string" ? given.split(",").map((piece) => piece.trim()) : [given];
};

/** Several values: `a,b,c`, or an array in a config file. */
export function listOf<T>(read: Reader<T>): Reader<readonly T[]> {
  return (given) => {
    const pieces = piecesOf(given);
    if (pieces.length === 0) throw new UnreadableError("a list that is not empty");
    try {
      return pieces.map(read);
    } catch (error) {
      if (error instanceof UnreadableError) throw new UnreadableError(`a list, each entry ${error.message}`);
      throw error;
    }
  };
}

/** More ranks than any adapter has: a typing mistake, refused before a list of them is made. */
const MOST_RANKS = 65_536;

/** Whole numbers from `least`, ascending, each once: `1,2,8`, `1-8`, `1,4-6`, or an array in a config file. */
export function wholeNumbers(least: number): Reader<readonly number[]> {
  const right = `whole numbers of at least ${least}, for instance ${least},${least + 1} or ${least}-${least + 7}`;
  const one = whole(least, MOST_RANKS);
  return (given) => {
    try {
      const numbers = piecesOf(given).flatMap((piece) => {
        const [, from, to] = /^(\d+)\s*-\s*(\d+)$/.exec(String(piece)) ?? [];
        if (from === undefined || to === undefined) return [one(piece)];
        const [low, high] = [one(from), one(to)];
        if (low > high) throw new UnreadableError(right);
        return Array.from({ length: high - low + 1 }, (_, index) => low + index);
      });
      if (numbers.length > 0) return [...new Set(numbers)].sort((a, b) => a - b);
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
    }
    throw new UnreadableError(right);
  };
}
