import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { FormatError } from "@dylora/errors";
import { refuseLfsPointer } from "@dylora/io";
import type { FileContext } from "../context.ts";

/** Standard input and output are called so as paths. */
export const STANDARD = "-";

/** What messages call an input. */
export const inputName = (path: string): string => (path === STANDARD ? "standard input" : path);

/**
 * The bytes of a file, or of standard input.
 *
 * @param flag the option that named it, for messages
 * @throws FormatError `file_missing`, `lfs_pointer`
 */
export async function readInputBytes(flag: string, path: string, { stdin }: FileContext): Promise<Uint8Array> {
  if (path !== STANDARD) return readFileBytes(path, `${flag} `);
  if (stdin === undefined) throw new FormatError("file_missing", `${flag} is -, and no standard input was passed in`);
  return buffer(stdin);
}

/**
 * The bytes of a file.
 *
 * @param before what messages say before its name
 * @throws FormatError `file_missing`, `lfs_pointer`
 */
export async function readFileBytes(path: string, before = ""): Promise<Uint8Array> {
  const bytes = await readFile(path).catch((cause) => {
    const reason = cause.code === "ENOENT" ? "does not exist" : `cannot be read (${cause.code})`;
    throw new FormatError("file_missing", `${before}${path} ${reason}`, { cause, details: { path } });
  });
  refuseLfsPointer(bytes, path);
  return bytes;
}

function firstBadLine(bytes: Uint8Array): number {
  const text = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const feed = bytes.indexOf(0x0a, start);
    const end = feed < 0 ? bytes.length : feed + 1;
    try {
      text.decode(bytes.subarray(start, end));
    } catch {
      break;
    }
    start = end;
  }
  return line;
}

/**
 * The text of a file, or of standard input.
 *
 * @param flag the option that named it, for messages
 * @throws FormatError `file_missing`, `lfs_pointer`; `invalid_utf8` naming file and line
 */
export async function readInputText(flag: string, path: string, context: FileContext): Promise<string> {
  return decodeText(await readInputBytes(flag, path, context), inputName(path));
}

/**
 * Bytes as text.
 *
 * @param file their name, for messages
 * @throws FormatError `invalid_utf8` naming file and line
 */
export function decodeText(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    const line = firstBadLine(bytes);
    throw new FormatError("invalid_utf8", `${file}, line ${line}: not valid UTF-8; save the file as UTF-8`, {
      cause,
      details: { path: file, line },
    });
  }
}
