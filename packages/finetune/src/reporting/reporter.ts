import type { TrainEvent } from "@dylora/trainer";

/** Writes the events of a training run down for another program. */
export interface Reporter {
  /**
   * Writes an event; it is with the system when this returns. It needs no `this`, so that it can be passed on.
   *
   * @param time when it happened; default now
   * @throws ResourceError `output_unwritable`
   */
  readonly add: (event: TrainEvent, time?: Date) => void;
  /** Closes the file. A run that has ended closes it by itself. */
  readonly close: () => void;
}
