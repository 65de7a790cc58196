/**
 * Copies rows of a table `[rows, size]`. Stops at the first id that is no row.
 *
 * @returns how many were copied: `count` when all were
 */
export function gatherRows(rows: i32, size: i32, count: i32, ids: usize, table: usize, out: usize): i32 {
  const bytes = <usize>size << 2;
  for (let i = 0; i < count; i++) {
    const id = load<i32>(ids + (<usize>i << 2));
    if (<u32>id >= <u32>rows) return i;
    memory.copy(out, table + <usize>id * bytes, bytes);
    out += bytes;
  }
  return count;
}
