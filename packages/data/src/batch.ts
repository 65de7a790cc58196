/** What every padded batch holds. Matrices are row-major `[size, length]`, padded on the right. */
export interface PaddedBatch {
  /** Token ids, `[size, length]`; the pad id after the end of a row's text. */
  readonly inputIds: Int32Array;
  /** 1 on tokens, 0 on padding, `[size, length]`. */
  readonly attentionMask: Int32Array;
  /** Rows in this batch: the batch size, fewer in the one short batch of an epoch. */
  readonly size: number;
  /** Tokens in every row after padding. */
  readonly length: number;
  /** Position in the data set of each row's example, `[size]`. */
  readonly indices: Int32Array;
}

/** A batch for sequence classification or regression. */
export interface Batch extends PaddedBatch {
  /**
   * One label a row, `[size]`: class indices in an `Int32Array` (`IGNORE_LABEL` where an example has none), or
   * regression targets in a `Float32Array` (NaN where an example has none).
   */
  readonly labels: Int32Array | Float32Array;
}

/** A batch for causal language modelling. */
export interface CausalBatch extends PaddedBatch {
  /**
   * One label a token, `[size, length]`: the token id where the loss counts, `IGNORE_LABEL` on prompt and padding.
   * Not shifted: the logits at position t are scored against the label at t + 1.
   */
  readonly labels: Int32Array;
}

/**
 * Batches of a data set by number. A micro-batch number never ends: epoch `floor(index / batchesPerEpoch)` follows
 * upon the one before. `batch(index)` is a pure function of its settings and `index`, so a run is resumed by asking
 * for the next number; there is no state to save.
 */
export interface BatchSource<B extends PaddedBatch = Batch> {
  /** Batches that visit every example exactly once. */
  readonly batchesPerEpoch: number;
  /**
   * The micro-batch with this global number, in freshly allocated arrays.
   *
   * @param index integer >= 0, counted over all epochs
   * @throws ConfigError `bad_batch_index`
   */
  batch(index: number): B;
}
