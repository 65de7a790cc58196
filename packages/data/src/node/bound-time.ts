import { Script } from "node:vm";
import { FormatError } from "@dylora/errors";

const PLACE = Symbol.for("dylora.bounded-work");
const script = new Script('globalThis[Symbol.for("dylora.bounded-work")]()');
const place = globalThis as { [PLACE]?: () => unknown };

/** Milliseconds that a piece of work may take. What is honest takes a few for a page of text. */
const LONGEST = 5000;

/**
 * Runs work that regular expressions of a file are part of, and breaks it off when it takes too long: an expression of
 * twenty characters can keep JavaScript busy for years. They cannot run on a linear-time engine, which has no lookahead,
 * and every byte-level tokenizer uses that.
 *
 * @param path the file, for the message
 * @throws FormatError `bad_tokenizer` after `limit` milliseconds
 */
export function withinTime<T>(path: string, work: () => T, limit: number = LONGEST): T {
  // A second one inside is within the time of the first.
  if (place[PLACE] !== undefined) return work();
  place[PLACE] = work;
  try {
    return script.runInThisContext({ timeout: limit }) as T;
  } catch (cause) {
    if ((cause as { code?: unknown } | null)?.code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw cause;
    const message = `${path}: a text takes over ${limit / 1000} s to cut into tokens; a regular expression of the file takes time without bound on it`;
    throw new FormatError("bad_tokenizer", message, { cause, details: { path } });
  } finally {
    delete place[PLACE];
  }
}

/** Whether regular expressions are among the values of a JSON document, written as tokenizers write them. */
export function holdsPattern(value: unknown, depth = 20): boolean {
  if (typeof value !== "object" || value === null || depth === 0) return depth === 0;
  if (Object.hasOwn(value, "Regex")) return true;
  return Object.values(value).some((member) => holdsPattern(member, depth - 1));
}
