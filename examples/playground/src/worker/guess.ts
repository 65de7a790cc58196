/** What an answer costs that is given without reading, and how often it is right. */
export interface Guess {
  /** Mean loss of always saying how frequent each class is. */
  readonly loss: number;
  /** Share of the most frequent class. */
  readonly accuracy: number;
}

/** What guessing is worth where classes occur so often. */
export function guessOf(labels: readonly string[]): Guess {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const shares = [...counts.values()].map((count) => count / labels.length);
  return { loss: -shares.reduce((sum, share) => sum + share * Math.log(share), 0), accuracy: Math.max(...shares) };
}
