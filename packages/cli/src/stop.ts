/** Signals that ask the work to save and stop, with the exit code of each, as shells count it. */
export const stopSignals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Reason of an abort: a signal came. */
export class StopSignalError extends Error {
  override readonly name = "StopSignalError";
  /** What the process ends with. */
  readonly exitCode: number;

  constructor(signal: keyof typeof stopSignals) {
    super(`stopped by ${signal}`);
    this.exitCode = stopSignals[signal];
  }
}
