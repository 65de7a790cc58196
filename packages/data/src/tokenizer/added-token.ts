import { FormatError, showValue } from "@dylora/errors";

/** A token that is looked for in a text before anything else, as Hugging Face's tokenizers define it. */
export interface AddedToken {
  /** Its text. */
  readonly content: string;
  /** It counts only where no letter, digit or underscore touches it. */
  readonly singleWord: boolean;
  /** It takes in the white space before it. */
  readonly lstrip: boolean;
  /** It takes in the white space after it. */
  readonly rstrip: boolean;
  /** It is looked for in the normalised text, after those that are not. */
  readonly normalized: boolean;
  /** `decode` leaves it out. */
  readonly special: boolean;
}

/** Ids at and above this are refused: tables are as long as the largest id, and no vocabulary is near it. */
export const ID_LIMIT = 2 ** 22;

/** @param file what the message calls the place */
export function badTokenizer(file: string, message: string, cause?: unknown): FormatError {
  return new FormatError("bad_tokenizer", `${file}: ${message}`, {
    details: { path: file },
    ...(cause === undefined ? {} : { cause }),
  });
}

/**
 * @returns the id
 * @throws FormatError `bad_tokenizer`
 */
export function checkId(id: unknown, token: string, file: string): number {
  if (Number.isSafeInteger(id) && (id as number) >= 0 && (id as number) < ID_LIMIT) return id as number;
  throw badTokenizer(
    file,
    `token ${showValue(token)} has id ${showValue(id)}; ids are integers from 0, below ${ID_LIMIT}`,
  );
}

/** A token named by its text alone: special, and so found before the text is normalised. */
export const specialToken = (content: string): AddedToken => ({
  content,
  singleWord: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
});

/**
 * Reads a token that a file describes by an object; a missing flag is false, `normalized` is then what `special` is not.
 *
 * @throws FormatError `bad_tokenizer`
 */
export function parseAddedToken(value: unknown, file: string, forced?: { readonly special: boolean }): AddedToken {
  const fields = (typeof value === "object" && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
  const { content } = fields;
  if (typeof content !== "string") {
    throw badTokenizer(file, `an added token is ${showValue(value)}; it must be an object with a text "content"`);
  }
  const flag = (name: string, otherwise: boolean): boolean => {
    const given = fields[name] ?? otherwise;
    if (typeof given === "boolean") return given;
    throw badTokenizer(
      file,
      `${name} of the added token ${showValue(content)} is ${showValue(given)}; it must be true or false`,
    );
  };
  const special = forced?.special ?? flag("special", false);
  return {
    content,
    singleWord: flag("single_word", false),
    lstrip: flag("lstrip", false),
    rstrip: flag("rstrip", false),
    normalized: flag("normalized", !special),
    special,
  };
}
