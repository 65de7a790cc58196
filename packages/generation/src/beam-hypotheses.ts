import type { FinishedSequence } from "./decoding.ts";

/** A complete text of a beam search with its rank. */
type Hypothesis = Required<Pick<FinishedSequence, "tokens" | "finishReason" | "score">>;

/** The best complete texts of one prompt. */
export class BeamHypotheses {
  readonly #limit: number;
  readonly #lengthPenalty: number;
  #sorted: Hypothesis[] = [];

  /** @param limit how many are kept @param lengthPenalty exponent of the length that sums are divided by */
  constructor(limit: number, lengthPenalty: number) {
    this.#limit = limit;
    this.#lengthPenalty = lengthPenalty;
  }

  /** True when there are as many as are kept. */
  get full(): boolean {
    return this.#sorted.length === this.#limit;
  }

  /** The lowest score kept. */
  get worst(): number {
    return this.#sorted.at(-1)?.score ?? Number.NEGATIVE_INFINITY;
  }

  /** Adds a text. @param sum its log-probability */
  add(text: Pick<Hypothesis, "tokens" | "finishReason">, sum: number): void {
    const score = sum / Math.max(1, text.tokens.length) ** this.#lengthPenalty;
    const place = this.#sorted.findIndex((other) => score > other.score);
    this.#sorted.splice(place === -1 ? this.#sorted.length : place, 0, { ...text, score });
    this.#sorted = this.#sorted.slice(0, this.#limit);
  }

  /** The best texts, best first. */
  best(count: number): readonly Hypothesis[] {
    return this.#sorted.slice(0, count);
  }
}
