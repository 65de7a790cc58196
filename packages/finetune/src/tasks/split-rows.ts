import { mix32 } from "@dylora/tensor";

/** Rows to learn from and rows to measure on. */
export interface SplitRows<Row> {
  /** To learn from, in the order of the table. */
  readonly train: readonly Row[];
  /** To measure on, in the order of the table. */
  readonly validation: readonly Row[];
}

/** A number for each row that depends on nothing but its place. */
const drawn = (row: number): number => mix32((row + 0x9e3779b9) | 0) >>> 0;

/**
 * Sets a share of the rows apart to measure on. Every class gives its share, so that none is missing on one side because of
 * chance alone. The same table gives the same rows each time.
 *
 * @param share above 0 and below 1
 * @param classOf the class of a row; the same for all where there are none
 */
export function splitRows<Row>(examples: readonly Row[], share: number, classOf: (row: Row) => number): SplitRows<Row> {
  const groups = new Map<number, number[]>();
  examples.forEach((example, row) => {
    const group = classOf(example);
    groups.set(group, [...(groups.get(group) ?? []), row]);
  });
  const held = new Set<number>();
  for (const rows of groups.values()) {
    const count = Math.min(rows.length - 1, Math.round(rows.length * share));
    const order = [...rows].sort((a, b) => drawn(a) - drawn(b));
    for (const row of order.slice(0, count)) held.add(row);
  }
  // Classes so small that none gives a row: one row at all is better than nothing to measure on.
  if (held.size === 0 && examples.length > 1)
    held.add([...examples.keys()].sort((a, b) => drawn(a) - drawn(b))[0] as number);
  return {
    train: examples.filter((_, row) => !held.has(row)),
    validation: examples.filter((_, row) => held.has(row)),
  };
}
