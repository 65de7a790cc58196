import { FormatError } from "@dylora/errors";
import { refuseLfsPointer } from "@dylora/io";
import { openFile } from "@dylora/io/node";
import { refuseOtherEncodings } from "./other-encodings.ts";

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

/** Most bytes of a file that is read as one string: a little less than V8's longest. */
const LARGEST = 2 ** 29 - 2 ** 10;

/**
 * The text of a UTF-8 file, without a byte-order mark.
 *
 * @throws FormatError `file_missing`, `not_a_file`, `file_unreadable`, `text_too_large`, `lfs_pointer`, `compressed_file`,
 * `not_text`, `invalid_utf8` (with the line)
 */
export async function readUtf8(path: string): Promise<string> {
  const bytes = await readBytes(path);
  refuseLfsPointer(bytes, path);
  refuseOtherEncodings(bytes, path);
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

async function readBytes(path: string): Promise<Uint8Array> {
  const file = await openFile(path);
  try {
    if (file.size > LARGEST) {
      const found = `${path} has ${file.size} bytes; a file of this kind is read as a whole, up to ${LARGEST} bytes`;
      throw new FormatError("text_too_large", `${found}: split it`, { details: { path, size: file.size } });
    }
    return await file.read(0, file.size);
  } finally {
    await file.close();
  }
}
