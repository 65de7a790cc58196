import { beamRow } from "./beam.ts";
import { type PrefixDistance, traceAlignment } from "./prefix-distance.ts";

const unreachable = 2 ** 30;

/** Edit distance in tercom's beam: one cell at a time. For short texts {@link bitParallelDistance} gives the same. */
export function beamDistance(reference: Int32Array): PrefixDistance {
  const width = reference.length + 1;
  const initial = Int32Array.from({ length: width }, (_, j) => j);
  let loaded: Int32Array = new Int32Array(0);
  let table = initial;

  const fillRow = (words: Int32Array, i: number, above: Int32Array, row: Int32Array) => {
    const { from, to } = beamRow(i, words.length, reference.length);
    row.fill(unreachable);
    for (let j = from; j < to; j++) {
      if (j === 0) {
        row[0] = above[0]! + 1;
        continue;
      }
      const diagonal = above[j - 1]! + (words[i - 1] === reference[j - 1] ? 0 : 1);
      row[j] = Math.min(unreachable, diagonal, above[j]! + 1, row[j - 1]! + 1);
    }
  };
  const rowOf = (i: number) => table.subarray(i * width, (i + 1) * width);

  return {
    load(words, from) {
      const rows = new Int32Array((words.length + 1) * width);
      rows.set(table.subarray(0, (from + 1) * width));
      table = rows;
      loaded = words.slice();
      for (let i = from + 1; i <= words.length; i++) fillRow(words, i, rowOf(i - 1), rowOf(i));
      return table[table.length - 1]!;
    },
    alignment: () =>
      traceAlignment(loaded, reference, (i, j) => {
        if (i === 0) return "insert";
        if (j === 0) return "remove";
        const cell = table[i * width + j]!;
        const cost = loaded[i - 1] === reference[j - 1] ? 0 : 1;
        if (cell === table[(i - 1) * width + j - 1]! + cost) return "diagonal";
        return cell === table[(i - 1) * width + j]! + 1 ? "remove" : "insert";
      }),
    distance(words, from) {
      let above = rowOf(from).slice();
      let row = new Int32Array(width);
      for (let i = from + 1; i <= words.length; i++) {
        fillRow(words, i, above, row);
        [above, row] = [row, above];
      }
      return above[reference.length]!;
    },
  };
}
