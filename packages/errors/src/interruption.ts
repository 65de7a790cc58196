/**
 * The work was stopped by its signal, and the message says what was saved.
 *
 * @example
 * ```ts
 * import { InterruptedError } from "@dylora/errors";
 *
 * const error = new InterruptedError("interrupted after 20 of 300 steps; saved");
 * console.log(error.name); // InterruptedError
 * ```
 */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
}

/**
 * Whoever read the output has enough, as `head` has: the work ends, and nothing is wrong.
 *
 * @example
 * ```ts
 * import { ReaderGoneError } from "@dylora/errors";
 *
 * console.log(new ReaderGoneError("standard output is closed").name); // ReaderGoneError
 * ```
 */
export class ReaderGoneError extends Error {
  override readonly name = "ReaderGoneError";
}
