/** When to stop for lack of progress. */
export interface EarlyStoppingOptions {
  /** Evaluations without improvement after which training stops. */
  readonly patience: number;
  /** Smallest change that counts as improvement. Default 0. */
  readonly minimumChange?: number;
  /** False for metrics that should fall. Default true. */
  readonly higherIsBetter?: boolean;
}

/** Counts evaluations since the best. Without options it never stops. */
export class EarlyStopping {
  readonly #options: EarlyStoppingOptions | undefined;
  #best: number | undefined;
  #since = 0;

  constructor(options: EarlyStoppingOptions | undefined) {
    this.#options = options;
  }

  /** True when patience has run out. */
  get stopped(): boolean {
    return this.#options !== undefined && this.#since >= this.#options.patience;
  }

  /** Takes note of an evaluation. */
  observe(metric: number): void {
    const sign = this.#options?.higherIsBetter === false ? -1 : 1;
    const change = this.#best === undefined ? Number.POSITIVE_INFINITY : sign * (metric - this.#best);
    if (change > (this.#options?.minimumChange ?? 0)) {
      this.#best = metric;
      this.#since = 0;
    } else {
      this.#since++;
    }
  }

  /** For a checkpoint. */
  state(): { metric: number; since: number } | null {
    return this.#best === undefined ? null : { metric: this.#best, since: this.#since };
  }

  /** From a checkpoint. */
  restore(state: { readonly metric: number; readonly since: number } | null): void {
    this.#best = state?.metric;
    this.#since = state?.since ?? 0;
  }
}
