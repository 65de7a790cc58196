import { FormatError } from "@dylora/errors";
import { refuseLfsPointer } from "@dylora/io";
import { openFile } from "@dylora/io/node";
import { refuseOtherEncodings } from "./other-encodings.ts";

const NEWLINE = 0x0a;
const CHUNK = 2 ** 20;

/** Most bytes of a line: half of what a string of V8 holds. */
const LONGEST_LINE = 2 ** 28;

/** Decodes the bytes of whole lines; an error says on which of them (from 0) the bytes are not UTF-8. */
function decodeLines(
  decoder: Pick<InstanceType<typeof TextDecoder>, "decode">,
  bytes: Uint8Array,
): string | { readonly brokenLine: number } {
  try {
    return decoder.decode(bytes);
  } catch {
    // A newline byte never lies inside a longer sequence.
    for (let start = 0, line = 0; start < bytes.length; line += 1) {
      const newline = bytes.indexOf(NEWLINE, start);
      const end = newline < 0 ? bytes.length : newline + 1;
      try {
        decoder.decode(bytes.subarray(start, end));
      } catch {
        return { brokenLine: line };
      }
      start = end;
    }
    return { brokenLine: 0 };
  }
}

/**
 * Reads a UTF-8 file line by line, holding a piece of it at a time: files may be larger than a string can be.
 *
 * @param onLine called for each line without its line feed (a carriage return before it stays), with its number from
 * 1. What follows the last line feed is a line where it is not empty.
 * @throws FormatError `file_missing`, `not_a_file`, `file_unreadable`, `lfs_pointer`, `invalid_utf8` (with the line),
 * `line_too_long`
 */
export async function readLines(path: string, onLine: (line: string, number: number) => void): Promise<void> {
  const file = await openFile(path);
  const decoders = [
    new TextDecoder("utf-8", { fatal: true }),
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }),
  ];
  let number = 0;

  // Only the first piece may begin with a byte-order mark.
  const takeLines = (bytes: Uint8Array, start: number): void => {
    const decoded = decodeLines(start === 0 ? decoders[0]! : decoders[1]!, bytes);
    if (typeof decoded !== "string") {
      const line = number + 1 + decoded.brokenLine;
      throw new FormatError("invalid_utf8", `${path}, line ${line}: not valid UTF-8; save the file as UTF-8`, {
        details: { path, line },
      });
    }
    for (let at = 0; at < decoded.length; ) {
      const newline = decoded.indexOf("\n", at);
      const end = newline < 0 ? decoded.length : newline;
      number += 1;
      onLine(decoded.slice(at, end), number);
      at = end + 1;
    }
  };

  try {
    const beginning = await file.read(0, Math.min(file.size, 1024));
    refuseLfsPointer(beginning, path);
    refuseOtherEncodings(beginning, path);
    // Pieces since the last line feed.
    let open: Uint8Array[] = [];
    let openBytes = 0;
    for (let offset = 0; offset < file.size; ) {
      const chunk = await file.read(offset, Math.min(CHUNK, file.size - offset));
      offset += chunk.length;
      const last = chunk.lastIndexOf(NEWLINE);
      const whole = last < 0 ? 0 : last + 1;
      if (whole > 0) {
        takeLines(joined([...open, chunk.subarray(0, whole)]), offset - chunk.length - openBytes);
        open = [];
        openBytes = 0;
      }
      if (whole < chunk.length) open.push(chunk.subarray(whole));
      openBytes += chunk.length - whole;
      if (openBytes > LONGEST_LINE) {
        throw new FormatError("line_too_long", `${path}, line ${number + 1}: longer than ${LONGEST_LINE} bytes`, {
          details: { path, line: number + 1 },
        });
      }
    }
    if (openBytes > 0) takeLines(joined(open), file.size - openBytes);
  } finally {
    await file.close();
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const all = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
