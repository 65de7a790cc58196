import { DyloraError, InterruptedError } from "@dylora/errors";
import { resumeCommand } from "./resume-command.ts";
import { StopSignalError, stopSignals } from "./stop.ts";

/** Exit codes of the `dylora` command. */
export const exitCodes = {
  /** Done. */
  done: 0,
  /** Something failed that is not the input's fault: a backend, the network, the disk, training itself. */
  failed: 1,
  /** Options, files or sizes are not what they must be; refused before any work. */
  badInput: 2,
  /** Ended by Ctrl-C, as shells count it. SIGTERM gives 143, SIGHUP 129. */
  interrupted: stopSignals.SIGINT,
} as const;

/** A failure for people and scripts. */
export interface Failure {
  /** Stable identifier. */
  readonly code: string;
  /** One line. */
  readonly message: string;
  /** What the process ends with. */
  readonly exitCode: number;
}

const badInputKinds = new Set(["ConfigError", "FormatError", "ShapeError", "ResourceError"]);

/** Failures of network and disk, which the same input may not meet again. */
const passing = new Set(["hub_unreachable", "hub_failed", "download_broken", "output_unwritable"]);

/** Longest message of an error that is not ours: backends put whole programs into theirs. */
const LONGEST = 300;

/** What the command line can do about some failures. */
const hints: Readonly<Record<string, (details: DyloraError["details"]) => string>> = {
  output_not_empty: () => " (--overwrite)",
  no_checkpoint: ({ dir }) => `: ${resumeCommand(String(dir))}`,
};

/**
 * Says how the work was stopped, where it was.
 *
 * @param reason why: the reason of the signal that stopped it
 * @param error what the command threw: the reason itself, or how to go on
 * @returns undefined when the error is another
 */
export function interruptionOf(reason: unknown, error: unknown): Failure | undefined {
  if (error !== reason && !(error instanceof InterruptedError)) return undefined;
  const said = error instanceof InterruptedError ? error.message : "interrupted";
  if (reason instanceof StopSignalError) return { code: "interrupted", message: said, exitCode: reason.exitCode };
  // An abort() without a reason of its own.
  if ((reason as { name?: string } | null)?.name === "AbortError") {
    return { code: "interrupted", message: said, exitCode: exitCodes.interrupted };
  }
  const failure = failureOf(reason);
  return error === reason ? failure : { ...failure, message: said };
}

/** Says what went wrong. */
export function failureOf(error: unknown): Failure {
  if (error instanceof InterruptedError) {
    return { code: "interrupted", message: error.message, exitCode: exitCodes.interrupted };
  }
  if (DyloraError.isInstance(error)) {
    const bad = badInputKinds.has(error.name) && !passing.has(error.code);
    const message = error.message.replaceAll(/\s*\n\s*/g, " ") + (hints[error.code]?.(error.details) ?? "");
    return { code: error.code, message, exitCode: bad ? exitCodes.badInput : exitCodes.failed };
  }
  const [first = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  const message = first.length > LONGEST ? `${first.slice(0, LONGEST)}…` : first;
  return {
    code: "unexpected",
    message: `unexpected error: ${message} (--debug shows where)`,
    exitCode: exitCodes.failed,
  };
}
