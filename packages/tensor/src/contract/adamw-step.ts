/**
 * One step of AdamW over flat arrays of one length. Bias corrections, learning rates and weight decays come as three
 * factors of each stretch, so that a kernel needs no power function, in which backends differ by a rounding.
 *
 * @experimental
 */
export interface AdamwStep {
  /** The parameters; changed in place. */
  readonly values: Float32Array;
  /** Their gradient. */
  readonly gradients: Float32Array;
  /** First moments; changed in place. */
  readonly firstMoment: Float32Array;
  /** Second moments; changed in place. */
  readonly secondMoment: Float32Array;
  /** Start and end of each stretch to step, in ascending order, none overlapping another. What lies between stays. */
  readonly ranges: Int32Array;
  /**
   * Three numbers a stretch, of learning rate η, weight decay λ and step number t: step size η / (1 - β₁ᵗ), root
   * √(1 - β₂ᵗ), and 1 - η λ.
   */
  readonly factors: Float64Array;
  /** Decay rates of the two moments. */
  readonly betas: readonly [number, number];
  /** Added to the root of the second moment. */
  readonly epsilon: number;
}
