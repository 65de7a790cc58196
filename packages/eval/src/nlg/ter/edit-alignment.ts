/** What an edit script from a hypothesis to a reference says about each word. Reused from one pair to the next. */
export class EditAlignment {
  /** For each reference word the last hypothesis word at or before it, −1 before the first. */
  align = new Int32Array(64);
  /** For each hypothesis position the number of wrong words before it. */
  hypothesisErrors = new Int32Array(64);
  /** For each reference position the number of missed words before it. */
  referenceErrors = new Int32Array(64);
  #hypothesisLength = 0;
  #referenceLength = 0;

  /** Forgets the last script. */
  start(hypothesisLength: number, referenceLength: number): void {
    this.#hypothesisLength = hypothesisLength;
    this.#referenceLength = referenceLength;
    if (hypothesisLength >= this.hypothesisErrors.length)
      this.hypothesisErrors = new Int32Array(2 * hypothesisLength + 1);
    if (referenceLength >= this.referenceErrors.length) {
      this.referenceErrors = new Int32Array(2 * referenceLength + 1);
      this.align = new Int32Array(2 * referenceLength + 1);
    }
    this.hypothesisErrors[0] = 0;
    this.referenceErrors[0] = 0;
  }

  /** Hypothesis word `i` (from 1) stands for reference word `j` (from 1), right or `wrong` (1). */
  pair(i: number, j: number, wrong: number): void {
    this.hypothesisErrors[i] = wrong;
    this.referenceErrors[j] = wrong;
    this.align[j - 1] = i - 1;
  }

  /** Hypothesis word `i` (from 1) is too many. */
  remove(i: number): void {
    this.hypothesisErrors[i] = 1;
  }

  /** Reference word `j` (from 1) is missing after hypothesis word `i`. */
  insert(i: number, j: number): void {
    this.referenceErrors[j] = 1;
    this.align[j - 1] = i - 1;
  }

  /** Turns error marks into numbers of errors before each position. */
  finish(): void {
    for (let k = 1; k <= this.#hypothesisLength; k++) this.hypothesisErrors[k]! += this.hypothesisErrors[k - 1]!;
    for (let k = 1; k <= this.#referenceLength; k++) this.referenceErrors[k]! += this.referenceErrors[k - 1]!;
  }
}
