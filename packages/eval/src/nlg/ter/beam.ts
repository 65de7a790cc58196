const beamWidth = 25;

/** Half-open range of reference positions that row i of the edit matrix visits. */
export interface BeamRow {
  /** First column visited. */
  readonly from: number;
  /** Column after the last one visited. */
  readonly to: number;
}

/**
 * Columns that tercom's beam, in sacreBLEU's form, visits in row `i` of an edit matrix: around the pseudo-diagonal
 * ⌊i · reference/hypothesis⌋, the last row up to its end. Row 0 is never cut.
 */
export function beamRow(i: number, hypothesisLength: number, referenceLength: number): BeamRow {
  const ratio = referenceLength / hypothesisLength;
  const width = beamWidth < ratio / 2 ? Math.ceil(ratio / 2 + beamWidth) : beamWidth;
  const diagonal = Math.floor(i * ratio);
  return {
    from: Math.max(0, diagonal - width),
    to: i === hypothesisLength ? referenceLength + 1 : Math.min(referenceLength + 1, diagonal + width),
  };
}

/**
 * True when no shortest edit script can leave the beam, so that any exact edit distance will do: a script through a cell
 * (i, j) costs at least |j − i| + |(reference − j) − (hypothesis − i)|, and no distance exceeds the longer length.
 */
export function beamIsIdle(hypothesisLength: number, referenceLength: number): boolean {
  if (referenceLength < beamWidth) return true;
  const bound = Math.max(hypothesisLength, referenceLength);
  const excess = referenceLength - hypothesisLength;
  const through = (i: number, j: number) => Math.abs(j - i) + Math.abs(excess - (j - i));
  for (let i = 1; i <= hypothesisLength; i++) {
    const { from, to } = beamRow(i, hypothesisLength, referenceLength);
    if (from > 0 && through(i, from - 1) <= bound) return false;
    if (to <= referenceLength && through(i, to) <= bound) return false;
  }
  return true;
}
