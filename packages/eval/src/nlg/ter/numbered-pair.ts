/**
 * A hypothesis and a reference with the words renumbered from 1 in the order of the reference; hypothesis words that it
 * lacks are 0. Reused from one pair to the next.
 */
export class NumberedPair {
  /** Renumbered hypothesis. */
  hypothesis: Int32Array = new Int32Array(0);
  /** Renumbered reference. */
  reference: Int32Array = new Int32Array(0);
  /** Largest number of a word. */
  vocabulary = 0;
  /** By word: its first position in the reference, −1 for word 0. */
  first = new Int32Array(64);
  /** By position of the reference: the next one of the same word, or −1. */
  next = new Int32Array(64);
  /** Least distance of any order of the hypothesis words. */
  bound = 0;
  #numbers = new Int32Array(1024);
  #last = new Int32Array(64);
  #left = new Int32Array(64);

  /** Sets the pair. Words are integers from 0 upwards. */
  set(hypothesis: Int32Array, reference: Int32Array): void {
    this.#reserve(hypothesis, reference);
    const numbers = this.#numbers;
    this.first[0] = -1;
    this.#left[0] = 0;
    let vocabulary = 0;
    this.reference = new Int32Array(reference.length);
    for (let r = 0; r < reference.length; r++) {
      let number = numbers[reference[r]!]!;
      if (number === 0) {
        number = ++vocabulary;
        numbers[reference[r]!] = number;
        this.first[number] = r;
        this.#left[number] = 0;
      } else {
        this.next[this.#last[number]!] = r;
      }
      this.#last[number] = r;
      this.next[r] = -1;
      this.#left[number]!++;
      this.reference[r] = number;
    }
    let common = 0;
    this.hypothesis = new Int32Array(hypothesis.length);
    for (let h = 0; h < hypothesis.length; h++) {
      const number = numbers[hypothesis[h]!]!;
      this.hypothesis[h] = number;
      if (this.#left[number]! > 0) {
        this.#left[number]!--;
        common++;
      }
    }
    for (const word of reference) numbers[word] = 0;
    this.vocabulary = vocabulary;
    this.bound = Math.max(hypothesis.length, reference.length) - common;
  }

  #reserve(hypothesis: Int32Array, reference: Int32Array): void {
    let largest = 0;
    for (const word of hypothesis) if (word > largest) largest = word;
    for (const word of reference) if (word > largest) largest = word;
    if (largest >= this.#numbers.length) this.#numbers = new Int32Array(2 * largest + 1);
    if (reference.length < this.first.length) return;
    const size = 2 * reference.length + 2;
    this.first = new Int32Array(size);
    this.next = new Int32Array(size);
    this.#last = new Int32Array(size);
    this.#left = new Int32Array(size);
  }
}
