import { Beam } from "./beam.ts";
import type { PrefixDistance } from "./prefix-distance.ts";

const unreachable = 2 ** 30;

/** Edit distance in tercom's beam, one cell at a time. Below the beam's escape cost {@link BitParallelDistance} agrees. */
export function beamDistance(reference: Int32Array): PrefixDistance {
  const width = reference.length + 1;
  let table = Int32Array.from({ length: width }, (_, j) => j);
  let loaded: Int32Array = new Int32Array(0);

  const fillRow = (words: Int32Array, beam: Beam, i: number, above: Int32Array, row: Int32Array) => {
    row.fill(unreachable);
    const to = beam.to(i);
    for (let j = beam.from(i); j < to; j++) {
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
      const beam = new Beam(words.length, reference.length);
      for (let i = from + 1; i <= words.length; i++) fillRow(words, beam, i, rowOf(i - 1), rowOf(i));
      return table[table.length - 1]!;
    },
    trace(edits) {
      let i = loaded.length;
      let j = reference.length;
      edits.start(i, j);
      while (i > 0 || j > 0) {
        const cell = table[i * width + j]!;
        const wrong = loaded[i - 1] === reference[j - 1] ? 0 : 1;
        if (i > 0 && j > 0 && cell === table[(i - 1) * width + j - 1]! + wrong) edits.pair(i--, j--, wrong);
        else if (i > 0 && cell === table[(i - 1) * width + j]! + 1) edits.remove(i--);
        else edits.insert(i, j--);
      }
      edits.finish();
    },
    distance(words, from) {
      const beam = new Beam(words.length, reference.length);
      let above: Int32Array = rowOf(from).slice();
      let row: Int32Array = new Int32Array(width);
      for (let i = from + 1; i <= words.length; i++) {
        fillRow(words, beam, i, above, row);
        [above, row] = [row, above];
      }
      return above[reference.length]!;
    },
  };
}
