import { type PrefixDistance, traceAlignment } from "./prefix-distance.ts";

/**
 * Exact edit distance, 32 cells at a time (Myers 1999; Hyyrö 2003): a row of the edit matrix is kept as the bits where
 * it rises or falls by one from column to column.
 *
 * @param reference Words numbered 1..`vocabulary`.
 * @param vocabulary Largest number of a word; hypothesis words that the reference lacks are 0.
 */
export function bitParallelDistance(reference: Int32Array, vocabulary: number): PrefixDistance {
  const blocks = Math.max(1, (reference.length + 31) >>> 5);
  const lastBit = 1 << (reference.length - 1);
  // Bits of the columns where each word stands.
  const places = new Int32Array((vocabulary + 1) * blocks);
  reference.forEach((word, j) => {
    places[word * blocks + (j >>> 5)]! |= 1 << j;
  });

  // By row and block: does the row rise or fall from the column before; did the column rise or fall from the row above.
  let capacity = 0;
  let rises = new Int32Array(0);
  let falls = new Int32Array(0);
  let grows = new Int32Array(0);
  let shrinks = new Int32Array(0);
  let scores = new Int32Array(0);
  let loaded: Int32Array = new Int32Array(0);
  const reserve = (rows: number) => {
    if (rows * blocks <= capacity) return;
    capacity = rows * blocks;
    const grow = (old: Int32Array<ArrayBuffer>, size: number) => {
      const larger = new Int32Array(size);
      larger.set(old);
      return larger;
    };
    rises = grow(rises, capacity);
    falls = grow(falls, capacity);
    grows = grow(grows, capacity);
    shrinks = grow(shrinks, capacity);
    scores = grow(scores, rows);
  };
  reserve(1);
  rises.fill(-1);
  scores[0] = reference.length;

  /** Writes row `row` from the one before it. */
  const addRow = (row: number, word: number) => {
    let carry = 1;
    for (let b = 0; b < blocks; b++) {
      const above = (row - 1) * blocks + b;
      const up = rises[above]!;
      const down = falls[above]!;
      let equal = places[word * blocks + b]!;
      const vertical = equal | down;
      if (carry < 0) equal |= 1;
      const horizontal = (((equal & up) + up) ^ up) | equal;
      let plus = down | ~(horizontal | up);
      let minus = up & horizontal;
      const here = row * blocks + b;
      grows[here] = plus;
      shrinks[here] = minus;
      if (b === blocks - 1) {
        scores[row] = scores[row - 1]! + ((plus & lastBit) !== 0 ? 1 : (minus & lastBit) !== 0 ? -1 : 0);
      }
      const out = (plus >>> 31) - (minus >>> 31);
      plus = (plus << 1) | (carry > 0 ? 1 : 0);
      minus = (minus << 1) | (carry < 0 ? 1 : 0);
      rises[here] = minus | ~(vertical | plus);
      falls[here] = plus & vertical;
      carry = out;
    }
  };

  const slope = (up: Int32Array, down: Int32Array, row: number, column: number) => {
    if (column < 0) return 1;
    const at = row * blocks + (column >>> 5);
    return ((up[at]! >>> column) & 1) - ((down[at]! >>> column) & 1);
  };

  const distanceInOneBlock = (words: Int32Array, from: number, limit: number) => {
    let up = rises[from]!;
    let down = falls[from]!;
    // With the score, the least that the words still to come could make of it.
    let least = scores[from]! - (words.length - from);
    for (let i = from; i < words.length; i++) {
      const equal = places[words[i]!]!;
      const vertical = equal | down;
      const horizontal = (((equal & up) + up) ^ up) | equal;
      let plus = down | ~(horizontal | up);
      const minus = up & horizontal;
      if ((plus & lastBit) !== 0) least += 2;
      else if ((minus & lastBit) === 0) least++;
      if (least > limit) return least;
      plus = (plus << 1) | 1;
      up = (minus << 1) | ~(vertical | plus);
      down = plus & vertical;
    }
    return least;
  };

  return {
    load(words, from) {
      reserve(2 * words.length + 2);
      loaded = words.slice();
      for (let i = from; i < words.length; i++) addRow(i + 1, words[i]!);
      return scores[words.length]!;
    },
    alignment: () =>
      traceAlignment(loaded, reference, (i, j) => {
        if (i === 0) return "insert";
        if (j === 0) return "remove";
        const column = j - 1;
        const growth = slope(grows, shrinks, i, column);
        const rise = slope(rises, falls, i, column);
        // The cell against the one diagonally before it.
        const diagonal = rise + slope(grows, shrinks, i, column - 1);
        if (diagonal === (loaded[i - 1] === reference[column] ? 0 : 1)) return "diagonal";
        return growth === 1 ? "remove" : "insert";
      }),
    distance(words, from, limit) {
      if (blocks === 1) return distanceInOneBlock(words, from, limit);
      // Rows past the loaded ones are scratch.
      const top = words.length + 1;
      for (let b = 0; b < blocks; b++) {
        rises[top * blocks + b] = rises[from * blocks + b]!;
        falls[top * blocks + b] = falls[from * blocks + b]!;
      }
      scores[top] = scores[from]!;
      let row = top;
      for (let i = from; i < words.length; i++) {
        addRow(++row, words[i]!);
        const least = scores[row]! - (words.length - i - 1);
        if (least > limit) return least;
      }
      return scores[row]!;
    },
  };
}
