import { DyloraError, FormatError, ResourceError } from "@dylora/errors";

const REASONS: Readonly<Record<string, readonly [code: string, text: string]>> = {
  ENOENT: ["file_missing", "does not exist"],
  ENOTDIR: ["file_missing", "does not exist: a part of the path is not a folder"],
  EISDIR: ["not_a_file", "is a folder, not a file"],
  EACCES: ["file_unreadable", "may not be read: permission denied"],
  EPERM: ["file_unreadable", "may not be read: permission denied"],
};

function systemCode(cause: unknown): string | undefined {
  const { code, syscall } = (cause ?? {}) as Partial<NodeJS.ErrnoException>;
  return syscall === undefined ? undefined : code;
}

/** A `FormatError` that says in words why the file system would not give `path`; any other error as it is. */
export function fileError(path: string, cause: unknown): unknown {
  const system = systemCode(cause);
  if (DyloraError.isInstance(cause) || system === undefined) return cause;
  const [code, text] = REASONS[system] ?? ["file_unreadable", `cannot be read (${system})`];
  return new FormatError(code, `${path} ${text}`, { cause, details: { path } });
}

/** A `ResourceError` that says why the file system would not take `path`; any other error as it is. */
export function outputError(path: string, cause: unknown): unknown {
  const system = systemCode(cause);
  if (DyloraError.isInstance(cause) || system === undefined) return cause;
  const reason = system === "ENOSPC" ? "the disk is full" : system;
  return new ResourceError("output_unwritable", `${path} cannot be written: ${reason}`, { cause, details: { path } });
}
