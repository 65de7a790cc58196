/** Least number of single-character insertions, deletions and substitutions between two strings (Levenshtein). */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(substitution, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}

/** Longer parts are alike only where they are equal: names come from files, and a hostile one is long. */
const LONGEST_PART = 64;

/** How alike two parts must be to count at all: `attn` and `attention` do, `weight` and `bias` do not. */
const LEAST_ALIKE = 0.4;

/** How alike two short parts are, from 0 to 1. */
function likeness(a: string, b: string): number {
  const longer = Math.max(a.length, b.length);
  const alike = 1 - editDistance(a, b) / longer;
  return alike < LEAST_ALIKE ? 0 : alike;
}

/** The most that two dotted names have in common, part for part in the same order. */
function shared(a: readonly string[], b: readonly string[], alike: (a: string, b: string) => number): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const part of a) {
    const next = [0];
    for (let j = 0; j < b.length; j++) {
      const matched = (row[j] ?? 0) + alike(part, b[j] as string);
      next.push(Math.max(matched, row[j + 1] ?? 0, next[j] ?? 0));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/**
 * The dotted names nearest to one that does not exist, nearest first: those with most parts in common, misspelt ones
 * included, then those with fewest parts besides. What has nothing in common is left out.
 *
 * @param count how many at most; default 3
 *
 * @example
 * ```ts
 * import { nearNames } from "@dylora/errors";
 *
 * const names = ["attention.self.query", "attention.self.key", "output.dense"];
 * console.log(nearNames("self.querry", names)); // [ 'attention.self.query', 'attention.self.key' ]
 * ```
 */
export function nearNames(name: string, candidates: Iterable<string>, count = 3): string[] {
  const known = new Map<string, number>();
  const alike = (a: string, b: string): number => {
    if (a === b) return 1;
    if (Math.max(a.length, b.length) > LONGEST_PART) return 0;
    const key = `${a}.${b}`;
    const value = known.get(key) ?? likeness(a, b);
    known.set(key, value);
    return value;
  };
  const parts = name.toLowerCase().split(".");
  const scored = Array.from(candidates, (candidate) => {
    const other = candidate.toLowerCase().split(".");
    const common = shared(parts, other, alike);
    return { candidate, common, extra: other.length - common };
  });
  const near = scored.filter(({ common }) => common > 0).sort((a, b) => b.common - a.common || a.extra - b.extra);
  return near.slice(0, count).map(({ candidate }) => candidate);
}
