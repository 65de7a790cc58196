/** Micro-batches by number; the sources of `@dylora/data` are such. */
export interface BatchSource<Batch> {
  /** Micro-batch `index`, counted over all epochs; a pure function of its number. */
  batch(index: number): Batch;
}

/** Batches of a whole data set whose rows know their place in it, such as `sequentialBatches` of `@dylora/data` makes. */
export interface FiniteBatchSource<Batch> extends BatchSource<Batch & { readonly indices: ArrayLike<number> }> {
  /** Number of batches, which visit every example once. */
  readonly batchesPerEpoch: number;
}
