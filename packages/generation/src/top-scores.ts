/** A score and where it was found. */
export interface Placed {
  /** The score. */
  readonly score: number;
  /** Its place. */
  readonly place: number;
}

/** Keeps the k largest of any number of scores: a heap whose root is the least of them. */
export class TopScores {
  readonly #limit: number;
  readonly #heap: Placed[] = [];

  /** @param limit k */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The least score kept; -Infinity, which no score can fall short of, until there are k. */
  get least(): number {
    return this.#heap.length < this.#limit ? Number.NEGATIVE_INFINITY : (this.#heap[0] as Placed).score;
  }

  /** Shows a score. Places come in rising order; of equal scores the first is kept. */
  offer(score: number, place: number): void {
    if (!(score > this.least)) return;
    const heap = this.#heap;
    if (heap.length < this.#limit) {
      heap.push({ score, place });
      this.#rise(heap.length - 1);
    } else {
      heap[0] = { score, place };
      this.#sink();
    }
  }

  /** Those kept, largest first; of equal ones the first place first. */
  sorted(): Placed[] {
    return [...this.#heap].sort((a, b) => b.score - a.score || a.place - b.place);
  }

  /** True when `a` is given up before `b`. */
  #below(a: number, b: number): boolean {
    const [x, y] = [this.#heap[a] as Placed, this.#heap[b] as Placed];
    return x.score < y.score || (x.score === y.score && x.place > y.place);
  }

  #swap(a: number, b: number): void {
    [this.#heap[a], this.#heap[b]] = [this.#heap[b] as Placed, this.#heap[a] as Placed];
  }

  #rise(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#below(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(): void {
    let at = 0;
    for (;;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.#heap.length && this.#below(child, least)) least = child;
      }
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }
}
