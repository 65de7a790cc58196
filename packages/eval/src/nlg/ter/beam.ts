const beamWidth = 25;

/**
 * The beam of tercom in sacreBLEU's form: the columns of an edit matrix that each row visits lie around the
 * pseudo-diagonal ⌊row · reference/hypothesis⌋. Row 0 is never cut, the last row runs to its end.
 */
export class Beam {
  readonly #ratio: number;
  readonly #width: number;
  readonly #hypothesisLength: number;
  readonly #referenceLength: number;

  constructor(hypothesisLength: number, referenceLength: number) {
    this.#hypothesisLength = hypothesisLength;
    this.#referenceLength = referenceLength;
    this.#ratio = referenceLength / hypothesisLength;
    this.#width = beamWidth < this.#ratio / 2 ? Math.ceil(this.#ratio / 2 + beamWidth) : beamWidth;
  }

  /** First column visited in a row. */
  from(row: number): number {
    return Math.max(0, Math.floor(row * this.#ratio) - this.#width);
  }

  /** Column after the last one visited in a row. */
  to(row: number): number {
    const end = this.#referenceLength + 1;
    return row === this.#hypothesisLength ? end : Math.min(end, Math.floor(row * this.#ratio) + this.#width);
  }

  /**
   * Least cost of an edit script that leaves the beam: through a cell (i, j) it costs at least
   * |j − i| + |(reference − j) − (hypothesis − i)|. Below it, distances and scripts are those without a beam.
   */
  escapeCost(): number {
    if (this.#referenceLength < beamWidth) return Number.POSITIVE_INFINITY;
    const excess = this.#referenceLength - this.#hypothesisLength;
    const through = (i: number, j: number) => Math.abs(j - i) + Math.abs(excess - (j - i));
    let least = Number.POSITIVE_INFINITY;
    for (let i = 1; i <= this.#hypothesisLength; i++) {
      const from = this.from(i);
      const to = this.to(i);
      if (from > 0) least = Math.min(least, through(i, from - 1));
      if (to <= this.#referenceLength) least = Math.min(least, through(i, to));
    }
    return least;
  }
}
