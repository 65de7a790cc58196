/** What is freed by its `dispose()`: a tensor, a frozen matrix, a table. */
export interface HasDispose {
  /** Frees it. */
  dispose(): void;
}
