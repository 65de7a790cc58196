import { ConfigError } from "@dylora/errors";

/** What a dropout mask is a function of: it fixes every bit of the mask, whenever and wherever that is made. */
export interface DropoutKey {
  /** Key of the run, step and site; see `foldKey` and `foldName`. */
  readonly key: number;
  /** Probability that an element is dropped, in [0, 1). */
  readonly probability: number;
  /** Index, within the optimiser step, of the first example of this (micro-)batch. Default 0. */
  readonly firstExample?: number;
}

/** @throws ConfigError `bad_dropout` for a probability outside [0, 1) */
export function checkDropout(dropoutKey: DropoutKey | undefined): void {
  if (dropoutKey === undefined || (dropoutKey.probability >= 0 && dropoutKey.probability < 1)) return;
  throw new ConfigError("bad_dropout", `dropout probability ${dropoutKey.probability} is outside [0, 1)`);
}
