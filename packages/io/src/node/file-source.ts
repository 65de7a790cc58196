import { open } from "node:fs/promises";
import { FormatError } from "@dylora/errors";
import { type ByteSource, checkRange } from "../byte-source.ts";
import { fileError } from "./file-error.ts";

/** One read call of the operating system may not exceed 2 GiB. */
const MAX_READ = 2 ** 30;

/**
 * Opens a file for range reads.
 *
 * @returns A {@link ByteSource} that holds the file open until it is closed; a read after that throws `FormatError`
 * `file_closed`.
 * @throws `FormatError` `file_missing`, `not_a_file` or `file_unreadable`.
 */
export async function openFile(path: string): Promise<ByteSource> {
  const handle = await open(path, "r").catch((cause) => {
    throw fileError(path, cause);
  });
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new FormatError("not_a_file", `${path} is not a file`, { details: { path } });
    const { size } = stats;
    let closed = false;
    return {
      name: path,
      size,
      async read(offset, length) {
        if (closed) {
          throw new FormatError("file_closed", `${path} has been closed: leave it open until the last read`, {
            details: { path },
          });
        }
        checkRange(path, size, offset, length);
        const out = new Uint8Array(length);
        let done = 0;
        while (done < length) {
          const { bytesRead } = await handle.read(out, done, Math.min(MAX_READ, length - done), offset + done);
          // The file shrank after it was opened.
          if (bytesRead === 0) checkRange(path, offset + done, offset, length);
          done += bytesRead;
        }
        return out;
      },
      close() {
        closed = true;
        return handle.close();
      },
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}
