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

const OUTPUT_REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file system takes no file so large",
  EROFS: "the file system is read-only",
  EIO: "the disk reports an input/output error",
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOENT: "there is no such folder",
  ENOTDIR: "a part of the path is a file, not a folder",
  EISDIR: "it is a folder, not a file",
  ELOOP: "its links lead in a circle",
  ENAMETOOLONG: "its name is too long for the file system",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  EBUSY: "it is in use",
  EBADF: "that file is not open for writing",
  EPIPE: "its reader is gone",
  ENXIO: "nothing reads from it",
  ESTALE: "the network file system lost it",
};

const reasonOf = (system: string): string => {
  const text = OUTPUT_REASONS[system];
  return text === undefined ? system : `${text} (${system})`;
};

/**
 * A `ResourceError` that says why the file system would not take `path`; any other error as it is.
 *
 * @experimental
 */
export function outputError(path: string, cause: unknown): unknown {
  const system = systemCode(cause);
  if (DyloraError.isInstance(cause) || system === undefined) return cause;
  return new ResourceError("output_unwritable", `${path} cannot be written: ${reasonOf(system)}`, {
    cause,
    details: { path, system },
  });
}

/** The same before any work was done: the code is `output_refused`. */
export function refusedOutput(path: string, cause: unknown): unknown {
  const system = systemCode(cause);
  if (DyloraError.isInstance(cause)) return cause;
  if (typeof cause !== "string" && system === undefined) return cause;
  const reason = typeof cause === "string" ? cause : reasonOf(system as string);
  return new ResourceError("output_refused", `${path} cannot be written: ${reason}`, { cause, details: { path } });
}
