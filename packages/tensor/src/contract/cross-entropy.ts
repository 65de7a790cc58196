/** Labels with those that count already told apart, as the kernels take them. */
export interface CrossEntropyTarget {
  /** A class for each row; rows whose `counts` is 0 hold 0. */
  readonly labels: Int32Array;
  /** 1 for rows that count, 0 for ignored ones. */
  readonly counts: Float32Array;
  /** Number of rows that count. */
  readonly total: number;
  /** Label smoothing ε. */
  readonly smoothing: number;
}
