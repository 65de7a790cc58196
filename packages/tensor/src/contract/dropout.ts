import { ConfigError } from "@dylora/errors";

/** Where in a training run a dropout mask is drawn: together with a site's name it fixes every bit of the mask. */
export interface DropoutPlace {
  /** Key of the run, step and site; see `foldKey` and `foldName`. */
  readonly key: number;
  /** Probability that an element is dropped, in [0, 1). */
  readonly probability: number;
  /** Index, within the optimiser step, of the first example of this (micro-)batch. Default 0. */
  readonly firstExample?: number;
}

/** @throws ConfigError `bad_dropout` for a probability outside [0, 1) */
export function checkDropout(place: DropoutPlace | undefined): void {
  if (place === undefined || (place.probability >= 0 && place.probability < 1)) return;
  throw new ConfigError("bad_dropout", `dropout probability ${place.probability} is outside [0, 1)`);
}
