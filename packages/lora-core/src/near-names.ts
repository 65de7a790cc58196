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

/** Least distance of a name to a run of whole dotted parts of a candidate: "querry" is one edit from "self.query". */
function distanceToPart(name: string, candidate: string): number {
  const parts = candidate.split(".");
  const runs = parts.flatMap((_, from) => parts.slice(from).map((_part, size) => parts.slice(from, from + size + 1)));
  return Math.min(...runs.map((run) => editDistance(name, run.join("."))));
}

/**
 * The dotted names nearest to a misspelt one, nearest first. Names with nothing in common are left out, unless that
 * leaves none.
 *
 * @param count how many at most
 */
export function nearNames(name: string, candidates: readonly string[], count = 3): string[] {
  const wanted = name.toLowerCase();
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: distanceToPart(wanted, candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const similar = ranked.filter(({ distance }) => distance <= Math.ceil(wanted.length / 2));
  return (similar.length > 0 ? similar : ranked).slice(0, count).map(({ candidate }) => candidate);
}
