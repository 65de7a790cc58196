import { FormatError } from "@dylora/errors";

/**
 * Text of UTF-8 bytes.
 *
 * @throws FormatError `invalid_utf8` naming file and line (counted in line feeds) of the first wrong byte sequence.
 */
export function decodeUtf8(bytes: Uint8Array, file: string): string {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    const line = firstBadLine(bytes);
    throw new FormatError("invalid_utf8", `${file}, line ${line}: not valid UTF-8; save the file as UTF-8`, {
      cause,
      details: { file, line },
    });
  }
}

function firstBadLine(bytes: Uint8Array): number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const feed = bytes.indexOf(0x0a, start);
    const end = feed < 0 ? bytes.length : feed + 1;
    try {
      decoder.decode(bytes.subarray(start, end));
    } catch {
      return line;
    }
    start = end;
  }
  return line;
}
