import { DyloraError, FormatError } from "@dylora/errors";

const REASONS: Record<string, readonly [code: string, text: string]> = {
  ENOENT: ["file_missing", "does not exist"],
  ENOTDIR: ["file_missing", "does not exist: a part of the path is not a folder"],
  EISDIR: ["not_a_file", "is a folder, not a file"],
  EACCES: ["file_unreadable", "may not be read: permission denied"],
  EPERM: ["file_unreadable", "may not be read: permission denied"],
};

/** A `FormatError` that says in words why the file system refused `path`; a `DyloraError` is returned as it is. */
export function fileError(path: string, cause: unknown): DyloraError {
  if (DyloraError.isInstance(cause)) return cause;
  const [code, text] = REASONS[(cause as NodeJS.ErrnoException).code ?? ""] ?? ["file_unreadable", "cannot be read"];
  return new FormatError(code, `${path} ${text}`, { cause, details: { path } });
}
