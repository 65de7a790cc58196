import { FormatError } from "@dylora/errors";
import { refuseLfsPointer } from "@dylora/io";
import { openFile } from "@dylora/io/node";

const NEWLINE = 0x0a;

/** Line (from 1) of the first byte sequence that is not UTF-8. A newline byte never lies inside a longer sequence. */
function brokenLine(bytes: Uint8Array): number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for (let start = 0, line = 1; start < bytes.length; line += 1) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline + 1;
    try {
      decoder.decode(bytes.subarray(start, end));
    } catch {
      return line;
    }
    start = end;
  }
  return 1;
}

/** All bytes of a file. */
export async function readBytes(path: string): Promise<Uint8Array> {
  const file = await openFile(path);
  try {
    return await file.read(0, file.size);
  } finally {
    await file.close();
  }
}

/**
 * The text of a UTF-8 file, without a byte-order mark.
 *
 * @throws FormatError `file_missing`, `not_a_file`, `file_unreadable`, `lfs_pointer`, `invalid_utf8` (with the line)
 */
export async function readUtf8(path: string): Promise<string> {
  const bytes = await readBytes(path);
  refuseLfsPointer(bytes, path);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    const line = brokenLine(bytes);
    throw new FormatError("invalid_utf8", `${path}, line ${line}: not valid UTF-8; save the file as UTF-8`, {
      cause,
      details: { path, line },
    });
  }
}
