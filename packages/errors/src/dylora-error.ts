import { escapeControls } from "./escape-controls.ts";

/** What a {@link DyloraError} can carry besides its message. */
export interface DyloraErrorOptions {
  /** The error that led to this one. */
  readonly cause?: unknown;
  /** Machine-readable facts: a path, a tensor name, expected and found values. */
  readonly details?: Readonly<Record<string, unknown>>;
}

const marker = Symbol.for("dylora.error");

/** Longest message in characters: names and texts of files in it have no bound of their own. */
const LONGEST = 4000;

const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

/** What a file may have put into a message can neither steer a terminal nor flood it. */
const safeMessage = (message: string): string => cut(escapeControls(cut(message)));

/**
 * Base of every error that dylora throws on purpose.
 *
 * `code` is stable and documented; `message` says what was wrong, where, and what would be right. It is safe to print:
 * control characters, which a file may have brought into it, are written as escapes, and it is cut where it is very long.
 * Use {@link DyloraError.isInstance} rather than `instanceof`: it also recognises errors made by another
 * copy of this package in the same process.
 *
 * @example
 * ```ts
 * import { ConfigError, DyloraError } from "@dylora/errors";
 *
 * try {
 *   throw new ConfigError("rank_out_of_range", "rank 9 is above r_max 8; choose a rank from 1 to 8");
 * } catch (error) {
 *   if (!DyloraError.isInstance(error) || error.code !== "rank_out_of_range") throw error;
 * }
 * ```
 */
export class DyloraError extends Error {
  // A text of its own in every class, for a bundler gives the classes themselves names of one letter.
  override readonly name: string = "DyloraError";
  /** Stable identifier in snake_case, for instance `rank_out_of_range`. */
  readonly code: string;
  /** Machine-readable facts about the failure. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, options: DyloraErrorOptions = {}) {
    super(safeMessage(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
    Object.defineProperty(this, marker, { value: true });
  }

  /** True for an error of this family, also when it was made by another copy of this package. */
  static isInstance(error: unknown): error is DyloraError {
    return typeof error === "object" && error !== null && marker in error;
  }
}
