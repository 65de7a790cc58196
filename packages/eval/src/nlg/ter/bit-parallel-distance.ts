import type { EditAlignment } from "./edit-alignment.ts";
import type { PrefixDistance } from "./prefix-distance.ts";

/**
 * Exact edit distance, 32 cells at a time (Myers 1999; Hyyrö 2003): a row of the edit matrix is kept as the bits where
 * it rises or falls by one from column to column. Holds its memory from one reference to the next.
 */
export class BitParallelDistance implements PrefixDistance {
  #reference: Int32Array = new Int32Array(0);
  /** Words of 32 columns in a row. */
  #blocks = 1;
  #lastBit = 0;
  /** By word and block: the columns where the word stands. */
  #places = new Int32Array(64);
  /** By row and block: columns that rise or fall from the column before. */
  #rises = new Int32Array(64);
  #falls = new Int32Array(64);
  /** By row and block: columns that grow or shrink from the row above. */
  #grows = new Int32Array(64);
  #shrinks = new Int32Array(64);
  /** Last column by row. */
  #scores = new Int32Array(64);
  #loaded = new Int32Array(64);
  #length = 0;

  /**
   * Sets the reference.
   *
   * @param reference Words numbered 1..`vocabulary`; a hypothesis may hold these and 0.
   */
  setReference(reference: Int32Array, vocabulary: number): void {
    this.#reference = reference;
    const blocks = Math.max(1, (reference.length + 31) >>> 5);
    this.#blocks = blocks;
    this.#lastBit = 1 << (reference.length - 1);
    const size = (vocabulary + 1) * blocks;
    if (size > this.#places.length) this.#places = new Int32Array(2 * size);
    else this.#places.fill(0, 0, size);
    for (let j = 0; j < reference.length; j++) this.#places[reference[j]! * blocks + (j >>> 5)]! |= 1 << j;
    this.#reserve(1);
    this.#rises.fill(-1, 0, blocks);
    this.#falls.fill(0, 0, blocks);
    this.#scores[0] = reference.length;
  }

  load(words: Int32Array, from: number): number {
    // As many rows again are scratch for `distance`.
    this.#reserve(2 * words.length + 2);
    this.#loaded.set(words);
    this.#length = words.length;
    for (let i = from; i < words.length; i++) this.#addRow(i + 1, words[i]!);
    return this.#scores[words.length]!;
  }

  trace(edits: EditAlignment): void {
    const reference = this.#reference;
    const words = this.#loaded;
    const blocks = this.#blocks;
    const rises = this.#rises;
    const falls = this.#falls;
    const grows = this.#grows;
    const shrinks = this.#shrinks;
    let i = this.#length;
    let j = reference.length;
    edits.start(i, j);
    while (i > 0 && j > 0) {
      const column = j - 1;
      const at = i * blocks + (column >>> 5);
      const rise = ((rises[at]! >>> column) & 1) - ((falls[at]! >>> column) & 1);
      const before = i * blocks + ((column - 1) >>> 5);
      const growthBefore =
        column === 0 ? 1 : ((grows[before]! >>> (column - 1)) & 1) - ((shrinks[before]! >>> (column - 1)) & 1);
      const wrong = words[i - 1] === reference[column] ? 0 : 1;
      // rise + growthBefore: the cell against the one diagonally before it.
      if (rise + growthBefore === wrong) edits.pair(i--, j--, wrong);
      else if (((grows[at]! >>> column) & 1) === 1) edits.remove(i--);
      else edits.insert(i, j--);
    }
    while (i > 0) edits.remove(i--);
    while (j > 0) edits.insert(0, j--);
    edits.finish();
  }

  distance(words: Int32Array, from: number, limit: number): number {
    return this.#blocks === 1
      ? this.#distanceInOneBlock(words, from, limit)
      : this.#distanceInBlocks(words, from, limit);
  }

  #distanceInOneBlock(words: Int32Array, from: number, limit: number): number {
    const places = this.#places;
    const lastBit = this.#lastBit;
    let up = this.#rises[from]!;
    let down = this.#falls[from]!;
    // The score, less what the words still to come could take from it.
    let least = this.#scores[from]! - (words.length - from);
    for (let i = from; i < words.length; i++) {
      const equal = places[words[i]!]!;
      const vertical = equal | down;
      const horizontal = (((equal & up) + up) ^ up) | equal;
      const plus = down | ~(horizontal | up);
      const minus = up & horizontal;
      if ((plus & lastBit) !== 0) least += 2;
      else if ((minus & lastBit) === 0) least++;
      if (least > limit) return least;
      const shifted = (plus << 1) | 1;
      up = (minus << 1) | ~(vertical | shifted);
      down = shifted & vertical;
    }
    return least;
  }

  #distanceInBlocks(words: Int32Array, from: number, limit: number): number {
    const blocks = this.#blocks;
    let row = words.length + 1;
    for (let b = 0; b < blocks; b++) {
      this.#rises[row * blocks + b] = this.#rises[from * blocks + b]!;
      this.#falls[row * blocks + b] = this.#falls[from * blocks + b]!;
    }
    this.#scores[row] = this.#scores[from]!;
    for (let i = from; i < words.length; i++) {
      this.#addRow(++row, words[i]!);
      const least = this.#scores[row]! - (words.length - i - 1);
      if (least > limit) return least;
    }
    return this.#scores[row]!;
  }

  /** Writes row `row` from the one before it. */
  #addRow(row: number, word: number): void {
    const blocks = this.#blocks;
    let carry = 1;
    for (let b = 0; b < blocks; b++) {
      const above = (row - 1) * blocks + b;
      const here = row * blocks + b;
      const up = this.#rises[above]!;
      const down = this.#falls[above]!;
      let equal = this.#places[word * blocks + b]!;
      const vertical = equal | down;
      if (carry < 0) equal |= 1;
      const horizontal = (((equal & up) + up) ^ up) | equal;
      const plus = down | ~(horizontal | up);
      const minus = up & horizontal;
      this.#grows[here] = plus;
      this.#shrinks[here] = minus;
      const shiftedPlus = (plus << 1) | (carry > 0 ? 1 : 0);
      const shiftedMinus = (minus << 1) | (carry < 0 ? 1 : 0);
      this.#rises[here] = shiftedMinus | ~(vertical | shiftedPlus);
      this.#falls[here] = shiftedPlus & vertical;
      if (b === blocks - 1) {
        const change = (plus & this.#lastBit) !== 0 ? 1 : (minus & this.#lastBit) !== 0 ? -1 : 0;
        this.#scores[row] = this.#scores[row - 1]! + change;
      }
      carry = (plus >>> 31) - (minus >>> 31);
    }
  }

  #reserve(rows: number): void {
    if (rows > this.#scores.length) {
      this.#scores = enlarge(this.#scores, 2 * rows);
      this.#loaded = enlarge(this.#loaded, 2 * rows);
    }
    const size = rows * this.#blocks;
    if (size <= this.#rises.length) return;
    this.#rises = enlarge(this.#rises, 2 * size);
    this.#falls = enlarge(this.#falls, 2 * size);
    this.#grows = enlarge(this.#grows, 2 * size);
    this.#shrinks = enlarge(this.#shrinks, 2 * size);
  }
}

function enlarge(old: Int32Array, size: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(size);
  larger.set(old);
  return larger;
}
