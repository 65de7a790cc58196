import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { FormatError } from "@dylora/errors";
import { refuseLfsPointer } from "@dylora/io";
import type { CommandContext } from "./context.ts";

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
export async function readInputBytes(flag: string, path: string, context: CommandContext): Promise<Uint8Array> {
  if (path === STANDARD) return buffer(context.stdin);
  const bytes = await readFile(path).catch((cause) => {
    const reason = cause.code === "ENOENT" ? "does not exist" : `cannot be read (${cause.code})`;
    throw new FormatError("file_missing", `${flag} ${path} ${reason}`, { cause, details: { path } });
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
export async function readInputText(flag: string, path: string, context: CommandContext): Promise<string> {
  const bytes = await readInputBytes(flag, path, context);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    const [file, line] = [inputName(path), firstBadLine(bytes)];
    throw new FormatError("invalid_utf8", `${file}, line ${line}: not valid UTF-8; save the file as UTF-8`, {
      cause,
      details: { path: file, line },
    });
  }
}
