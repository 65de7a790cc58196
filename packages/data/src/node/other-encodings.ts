import { FormatError } from "@dylora/errors";

const SIGNS: readonly { readonly bytes: readonly number[]; readonly code: string; readonly problem: string }[] = [
  { bytes: [0xff, 0xfe], code: "invalid_utf8", problem: "encoded as UTF-16; save the file as UTF-8" },
  { bytes: [0xfe, 0xff], code: "invalid_utf8", problem: "encoded as UTF-16; save the file as UTF-8" },
  { bytes: [0x1f, 0x8b], code: "compressed_file", problem: "compressed by gzip; decompress it first (gunzip)" },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], code: "compressed_file", problem: "compressed by zstd; decompress it first" },
  { bytes: [0xfd, 0x37, 0x7a, 0x58], code: "compressed_file", problem: "compressed by xz; decompress it first" },
  { bytes: [0x50, 0x4b, 0x03, 0x04], code: "compressed_file", problem: "a ZIP archive or a spreadsheet, not text" },
  { bytes: [0x50, 0x41, 0x52, 0x31], code: "not_text", problem: "a parquet file; name it .parquet" },
];

/**
 * Refuses a file that is read as text and whose first bytes say that it is something else.
 *
 * @throws FormatError `invalid_utf8` (UTF-16), `compressed_file`, `not_text`
 */
export function refuseOtherEncodings(beginning: Uint8Array, path: string): void {
  const sign = SIGNS.find(({ bytes }) => bytes.every((byte, i) => beginning[i] === byte));
  if (sign === undefined) return;
  const place = sign.code === "invalid_utf8" ? `${path}, line 1` : path;
  throw new FormatError(sign.code, `${place}: ${sign.problem}`, { details: { path } });
}
