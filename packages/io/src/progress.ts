/** How far something is that takes a while. */
export interface Progress {
  /** How much is done. */
  readonly done: number;
  /** How much there is. */
  readonly total: number;
  /** What is counted, in the plural: `bytes`. */
  readonly unit: string;
  /** What it is at, for people: the file at hand. */
  readonly detail?: string;
}
