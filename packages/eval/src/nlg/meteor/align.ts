import type { Match, MatchFinder, MeteorText } from "./matches.ts";

const beamSize = 40;

/** What a match of a module counts in the search: 1 for exact ones, else a half (not the weights of the score). */
const searchWeight = (module: number) => (module === 0 ? 1 : 0.5);

/** All candidate matches of a pair of texts. */
interface Candidates {
  /** By first reference word, in the order found. */
  readonly at: readonly Match[][];
  /** How often each hypothesis word is covered. */
  readonly coverage: Int32Array;
  /** How often each reference word is covered. */
  readonly referenceCoverage: Int32Array;
}

/** A partial alignment of the reference read from left to right. */
interface Path {
  chosen: (Match | undefined)[];
  used: Uint8Array;
  referenceUsed: Uint8Array;
  /** A match that is chosen and not yet in the three above, which it shares with the path it branches from. */
  pending: Match | undefined;
  /** Next reference word that no match of the path has covered. */
  next: number;
  /** Hypothesis word after the open chunk, −1 without one. */
  open: number;
  /** Weighted matched words of both texts, truncated at each addition. */
  matched: number;
  chunks: number;
  distance: number;
}

/**
 * METEOR 1.5's alignment of a hypothesis and a reference (Denkowski and Lavie 2014), quirks included.
 *
 * Among all ways to choose matches that use no word twice it seeks the one with most matched words, then fewest chunks,
 * then least distance, in a beam of 40 from left to right. Copied quirks: a single non-exact match counts nothing in the
 * search (weights are halves, sums are truncated to integers), so that an ambiguous one which would open a chunk is
 * dropped; the distance of a match is charged to the path it branches from, hence to later siblings and to the path that
 * skips the word. Equal texts are matched word by word exactly.
 *
 * @returns For each reference word the match that starts there.
 */
export function alignMeteor(
  hypothesis: MeteorText,
  reference: MeteorText,
  finders: readonly MatchFinder[],
): readonly (Match | undefined)[] {
  const equal =
    hypothesis.ids.length === reference.ids.length && hypothesis.ids.every((id, i) => id === reference.ids[i]);
  const candidates = collect(hypothesis, reference, equal ? finders.slice(0, 1) : finders);
  let paths = [startingPath(candidates)];
  for (let current = 0; current < reference.words.length; current++) {
    paths.sort(byQuality);
    const following: Path[] = [];
    for (const path of paths.slice(0, beamSize)) {
      settle(path);
      advance(path, current, candidates.at[current]!, following);
    }
    paths = following.length > 0 ? following : paths.slice(0, 1);
  }
  paths.sort(byQuality);
  const finished = paths.slice(0, beamSize);
  for (const path of finished) {
    settle(path);
    if (path.open !== -1) path.chunks++;
  }
  return finished.sort(byQuality)[0]!.chosen;
}

function byQuality(a: Path, b: Path): number {
  return b.matched - a.matched || a.chunks - b.chunks || a.distance - b.distance;
}

function collect(hypothesis: MeteorText, reference: MeteorText, finders: readonly MatchFinder[]): Candidates {
  const at = reference.words.map((): Match[] => []);
  const coverage = new Int32Array(hypothesis.words.length);
  const referenceCoverage = new Int32Array(reference.words.length);
  const add = (match: Match) => {
    at[match.referenceStart]!.push(match);
    for (let k = 0; k < match.length; k++) coverage[match.start + k]!++;
    for (let k = 0; k < match.referenceLength; k++) referenceCoverage[match.referenceStart + k]!++;
  };
  for (const find of finders) find(hypothesis, reference, add);
  return { at, coverage, referenceCoverage };
}

/** The path that holds every match without a rival. */
function startingPath({ at, coverage, referenceCoverage }: Candidates): Path {
  const path: Path = {
    chosen: new Array<Match | undefined>(at.length).fill(undefined),
    used: new Uint8Array(coverage.length),
    referenceUsed: new Uint8Array(referenceCoverage.length),
    pending: undefined,
    next: 0,
    open: -1,
    matched: 0,
    chunks: 0,
    distance: 0,
  };
  for (const matches of at) {
    const match = matches[0];
    if (match === undefined || matches.length > 1) continue;
    const covered = coverage.subarray(match.start, match.start + match.length);
    const referenceEnd = match.referenceStart + match.referenceLength;
    const referenceCovered = referenceCoverage.subarray(match.referenceStart, referenceEnd);
    if (covered.every((count) => count === 1) && referenceCovered.every((count) => count === 1)) choose(path, match);
  }
  return path;
}

/** Marks a match as chosen and its words as used. */
function choose(path: Path, match: Match): void {
  path.chosen[match.referenceStart] = match;
  path.used.fill(1, match.start, match.start + match.length);
  path.referenceUsed.fill(1, match.referenceStart, match.referenceStart + match.referenceLength);
}

/** Gives a path what it holds for itself. Most branches leave the beam before they need it. */
function settle(path: Path): void {
  const match = path.pending;
  if (match === undefined) return;
  path.chosen = path.chosen.slice();
  path.used = path.used.slice();
  path.referenceUsed = path.referenceUsed.slice();
  path.pending = undefined;
  choose(path, match);
}

/** Counts a chosen match as the path reaches it. */
function count(path: Path, match: Match): void {
  const weight = searchWeight(match.module);
  path.matched += Math.floor(match.length * weight) + Math.floor(match.referenceLength * weight);
  if (path.open !== -1 && match.start !== path.open) path.chunks++;
  path.next = match.referenceStart + match.referenceLength;
  path.open = match.start + match.length;
}

/** Pushes the continuations of a path over reference word `current` to `following`. */
function advance(path: Path, current: number, matches: readonly Match[], following: Path[]): void {
  if (path.referenceUsed[current] === 1) {
    if (current < path.next) following.push(path);
    else {
      const fixed = path.chosen[path.next];
      if (fixed === undefined) return;
      count(path, fixed);
      path.distance += Math.abs(fixed.referenceStart - fixed.start);
      following.push(path);
    }
    return;
  }
  for (const match of matches) {
    if (isUsed(path, match)) continue;
    const branch: Path = { ...path, pending: match };
    count(branch, match);
    path.distance += Math.abs(match.referenceStart - match.start);
    following.push(branch);
  }
  if (path.open !== -1) {
    path.chunks++;
    path.open = -1;
  }
  path.next++;
  following.push(path);
}

function isUsed(path: Path, match: Match): boolean {
  for (let k = 0; k < match.length; k++) if (path.used[match.start + k] === 1) return true;
  for (let k = 0; k < match.referenceLength; k++) if (path.referenceUsed[match.referenceStart + k] === 1) return true;
  return false;
}

/** Number of runs of matches that are contiguous in both texts. */
export function countChunks(chosen: readonly (Match | undefined)[]): number {
  let chunks = 0;
  let open = -1;
  for (let j = 0; j < chosen.length; ) {
    const match = chosen[j];
    if (match === undefined || match.start !== open) {
      if (open !== -1) chunks++;
      open = -1;
    }
    if (match === undefined) j++;
    else {
      open = match.start + match.length;
      j = match.referenceStart + match.referenceLength;
    }
  }
  return open === -1 ? chunks : chunks + 1;
}
