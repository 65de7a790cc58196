import { checkOptionNames } from "@dylora/errors";

/** When to stop for lack of progress. */
export interface EarlyStoppingOptions {
  /** Evaluations without improvement after which training stops. */
  readonly patience: number;
  /** Smallest change that counts as improvement. Default 0. */
  readonly minimumChange?: number;
  /** False for metrics that should fall. Default true. */
  readonly higherIsBetter?: boolean;
}

const stoppingSettings: Readonly<Record<keyof EarlyStoppingOptions, true>> = {
  ...{ patience: true, minimumChange: true, higherIsBetter: true },
};

/** The state of {@link EarlyStopping}, as a checkpoint keeps it: plain JSON, so no member is NaN. */
export interface EarlyStoppingState {
  /** The best metric so far. */
  readonly metric: number;
  /** Evaluations since. */
  readonly since: number;
}

/**
 * Counts evaluations since the best. Without options it never stops.
 *
 * A metric that is not defined (NaN: a correlation of constants) is never the best. Once there is a best, it counts as
 * an evaluation without improvement; before, it does not count: early in a run such metrics are usual.
 */
export class EarlyStopping {
  readonly #options: EarlyStoppingOptions | undefined;
  #best: number | undefined;
  #since = 0;

  constructor(options: EarlyStoppingOptions | undefined) {
    checkOptionNames("earlyStopping", options, stoppingSettings);
    this.#options = options;
  }

  /** True when patience has run out. */
  get stopped(): boolean {
    return this.#options !== undefined && this.#since >= this.#options.patience;
  }

  /** Takes note of an evaluation. */
  observe(metric: number): void {
    if (this.#best === undefined) {
      if (Number.isFinite(metric)) this.#best = metric;
      return;
    }
    const sign = this.#options?.higherIsBetter === false ? -1 : 1;
    const change = sign * (metric - this.#best);
    if (Number.isFinite(metric) && change > (this.#options?.minimumChange ?? 0)) {
      this.#best = metric;
      this.#since = 0;
    } else {
      this.#since++;
    }
  }

  /** For a checkpoint. */
  state(): EarlyStoppingState | null {
    return this.#best === undefined ? null : { metric: this.#best, since: this.#since };
  }

  /** From a checkpoint. Older ones may hold a best that was NaN and became null: no best. */
  restore(state: { readonly metric: number | null; readonly since: number } | null): void {
    const known = typeof state?.metric === "number" && Number.isFinite(state.metric);
    this.#best = known ? (state.metric as number) : undefined;
    this.#since = known ? state.since : 0;
  }
}
