/**
 * Sufficient statistics of every segment: a corpus score over any choice of segments is a function of column sums, so
 * resampling never touches a text again.
 */
export interface SegmentStatistics {
  /** Number of segments. */
  readonly segments: number;
  /** Number of statistics of a segment. */
  readonly width: number;
  /** Row-major `[segments, width]`. */
  readonly rows: Float64Array;
  /** Corpus score from the column sums `[width]`. */
  readonly scoreOf: (sums: Float64Array) => number;
}

/** Column sums of all segments, or of the segments at `indices` (0-based, repeats count). */
export function sumRows(statistics: SegmentStatistics, indices?: Int32Array): Float64Array {
  const { segments, width, rows } = statistics;
  const sums = new Float64Array(width);
  const count = indices?.length ?? segments;
  for (let i = 0; i < count; i++) {
    const start = (indices === undefined ? i : indices[i]!) * width;
    for (let c = 0; c < width; c++) sums[c]! += rows[start + c]!;
  }
  return sums;
}

/** Corpus score of the segments at `indices` (0-based, repeats count). */
export function scoreSegments(statistics: SegmentStatistics, indices: Int32Array): number {
  return statistics.scoreOf(sumRows(statistics, indices));
}

/** Statistics `[width]` of one segment, a view into `rows`. */
export function segmentRow({ rows, width }: SegmentStatistics, segment: number): Float64Array {
  return rows.subarray(segment * width, (segment + 1) * width);
}
