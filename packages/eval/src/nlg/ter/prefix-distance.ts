/** What an edit script from a hypothesis to a reference says about each word. */
export interface EditAlignment {
  /** For each reference word the last hypothesis word at or before it, −1 before the first. */
  readonly align: Int32Array;
  /** For each hypothesis position the number of wrong words before it, `[hypothesis + 1]`. */
  readonly hypothesisErrors: Int32Array;
  /** For each reference position the number of missed words before it, `[reference + 1]`. */
  readonly referenceErrors: Int32Array;
}

/**
 * Edit distance to one reference that keeps the state after every word of a loaded hypothesis, so that a hypothesis that
 * differs from it only further on is measured from there.
 */
export interface PrefixDistance {
  /** Loads a hypothesis whose words before `from` are those of the one loaded before; returns its distance. */
  load(words: Int32Array, from: number): number;
  /** The edit script of the loaded hypothesis. Ties: match or substitution, then deletion, then insertion. */
  alignment(): EditAlignment;
  /**
   * Distance of a hypothesis of the loaded length whose words before `from` are the loaded ones; any number above
   * `limit` when the distance is above it.
   */
  distance(words: Int32Array, from: number, limit: number): number;
}

/** A step of an edit script back from cell (i, j): to (i−1, j−1), (i−1, j) or (i, j−1). */
export type EditStep = "diagonal" | "remove" | "insert";

/** Reads an edit script backwards into an alignment. */
export function traceAlignment(
  hypothesis: Int32Array,
  reference: Int32Array,
  stepAt: (i: number, j: number) => EditStep,
): EditAlignment {
  const align = new Int32Array(reference.length);
  const hypothesisErrors = new Int32Array(hypothesis.length + 1);
  const referenceErrors = new Int32Array(reference.length + 1);
  let i = hypothesis.length;
  let j = reference.length;
  while (i > 0 || j > 0) {
    const step = stepAt(i, j);
    if (step === "diagonal") {
      const wrong = hypothesis[i - 1] === reference[j - 1] ? 0 : 1;
      hypothesisErrors[i] = wrong;
      referenceErrors[j] = wrong;
      align[j - 1] = i - 1;
      i--;
      j--;
    } else if (step === "remove") {
      hypothesisErrors[i--] = 1;
    } else {
      referenceErrors[j] = 1;
      align[j - 1] = i - 1;
      j--;
    }
  }
  for (let k = 1; k < hypothesisErrors.length; k++) hypothesisErrors[k]! += hypothesisErrors[k - 1]!;
  for (let k = 1; k < referenceErrors.length; k++) referenceErrors[k]! += referenceErrors[k - 1]!;
  return { align, hypothesisErrors, referenceErrors };
}
