import { FormatError } from "@dylora/errors";
import { formatBytes } from "./memory-guard.ts";

/** Pointers are shorter than this by their specification. */
const MOST_BYTES = 1024;
const VERSION_LINE = /^version https:\/\/(git-lfs\.github|hawser\.github)\.com\/spec\/v\d+\r?\n/;
const SIZE_LINE = /^size (\d{1,15})\r?$/m;

/**
 * Refuses the small text that a repository holds in place of a large file, where it was cloned without Git LFS.
 *
 * @param start the first bytes of the file; 200 are enough to recognise a pointer. The whole file may be given.
 * @param file what messages call it
 * @throws `FormatError` `lfs_pointer`, with the command that gets the content.
 * @see https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
 *
 * @example
 * ```ts
 * import { refuseLfsPointer } from "@dylora/io";
 *
 * const bytes = new TextEncoder().encode("sentence\tlabel\n");
 * refuseLfsPointer(bytes, "train.tsv"); // an ordinary file: nothing happens
 * ```
 */
export function refuseLfsPointer(start: Uint8Array, file: string): void {
  if (start[0] !== 0x76) return;
  const text = new TextDecoder("latin1").decode(start.subarray(0, MOST_BYTES));
  if (!VERSION_LINE.test(text)) return;
  const size = SIZE_LINE.exec(text)?.[1];
  const missing = size === undefined ? "" : ` (${formatBytes(Number(size))})`;
  throw new FormatError(
    "lfs_pointer",
    `${file} is a Git LFS pointer, a short text in place of the file${missing}: the repository was cloned without ` +
      `Git LFS. Install it (git-lfs.com), then run in the repository: git lfs install && git lfs pull`,
    { details: { file } },
  );
}
