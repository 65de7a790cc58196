import { ConfigError } from "@dylora/errors";
import type { ParameterEntry, ParameterRange, ParameterStore } from "@dylora/lora-core";

/** What single parameters can have of their own. */
export interface ParameterOptions {
  /** Factor on the learning rate, for instance 16 for B as LoRA+ has it. Default 1. */
  readonly learningRateScale?: number;
  /** Weight decay instead of the optimiser's. */
  readonly weightDecay?: number;
}

/** Settings of {@link AdamW}; defaults are torch's. */
export interface AdamWOptions {
  /** Decay rates of the two moments. Default 0.9 and 0.999. */
  readonly betas?: readonly [number, number];
  /** Added to the root of the second moment. Default 1e-8. */
  readonly epsilon?: number;
  /** Decoupled weight decay. Default 0.01. */
  readonly weightDecay?: number;
  /** Settings of single parameters, for instance no decay for biases. */
  readonly of?: (entry: ParameterEntry) => ParameterOptions;
}

/** A stretch of the flat buffer that is stepped as one: a rank row of a factor, or a whole head parameter. */
interface Segment extends ParameterRange {
  readonly learningRateScale: number;
  readonly weightDecay: number;
}

/**
 * AdamW (Loshchilov & Hutter 2019) over the flat parameters of an adapter, as `torch.optim.AdamW` steps them. State is
 * found by name in the layout, never by the order of calls. Each rank row counts its own steps, so a row that a step
 * leaves out keeps values, moments and bias correction exactly as they were.
 */
export class AdamW {
  /** First moments, in the flat layout. */
  readonly firstMoment: Float32Array;
  /** Second moments, in the flat layout. */
  readonly secondMoment: Float32Array;
  /** Steps taken by each segment, in layout order. */
  readonly steps: Int32Array;
  readonly #segments: readonly Segment[];
  readonly #parameters: ParameterStore;
  readonly #betas: readonly [number, number];
  readonly #epsilon: number;

  /**
   * @param parameters what to optimise; its values are changed in place
   * @throws ConfigError `bad_optimizer` for a setting out of range
   */
  constructor(
    parameters: ParameterStore,
    { betas = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0.01, of }: AdamWOptions = {},
  ) {
    for (const beta of betas) if (!(beta >= 0 && beta < 1)) throw bad(`beta ${beta} is outside [0, 1)`);
    if (!(epsilon >= 0)) throw bad(`epsilon ${epsilon} is below 0`);
    this.#parameters = parameters;
    this.#betas = betas;
    this.#epsilon = epsilon;
    this.#segments = parameters.entries.flatMap((entry) => {
      const own = of?.(entry) ?? {};
      const decay = own.weightDecay ?? weightDecay;
      const scale = own.learningRateScale ?? 1;
      if (!(decay >= 0)) throw bad(`weight decay ${decay} of ${entry.name} is below 0`);
      if (!(scale >= 0)) throw bad(`learning-rate scale ${scale} of ${entry.name} is below 0`);
      const rows = entry.kind === "full" ? 1 : (entry.shape[0] ?? 1);
      const size = entry.size / rows;
      return Array.from({ length: rows }, (_, row): Segment => {
        const start = entry.offset + row * size;
        return { start, end: start + size, learningRateScale: scale, weightDecay: decay };
      });
    });
    this.firstMoment = new Float32Array(parameters.values.length);
    this.secondMoment = new Float32Array(parameters.values.length);
    this.steps = new Int32Array(this.#segments.length);
  }

  /**
   * Takes one step.
   *
   * @param gradients in the flat layout
   * @param learningRate of this step
   * @param active stretches to change, in any order; default everything. A segment is stepped when it lies in one.
   */
  step(gradients: Float32Array, learningRate: number, active?: readonly ParameterRange[]): void {
    const starts = active === undefined ? undefined : [...active].sort((a, b) => a.start - b.start);
    let range = 0;
    this.#segments.forEach((segment, index) => {
      if (starts !== undefined) {
        while (range < starts.length && (starts[range] as ParameterRange).end <= segment.start) range++;
        const current = starts[range];
        if (current === undefined || current.start > segment.start || current.end < segment.end) return;
      }
      this.#stepSegment(segment, index, gradients, learningRate);
    });
  }

  #stepSegment(segment: Segment, index: number, gradients: Float32Array, learningRate: number): void {
    const [beta1, beta2] = this.#betas;
    const count = (this.steps[index] ?? 0) + 1;
    this.steps[index] = count;
    const rate = learningRate * segment.learningRateScale;
    const stepSize = rate / (1 - beta1 ** count);
    const rootCorrection = Math.sqrt(1 - beta2 ** count);
    const keep = 1 - rate * segment.weightDecay;
    const { values } = this.#parameters;
    const m = this.firstMoment;
    const v = this.secondMoment;
    for (let i = segment.start; i < segment.end; i++) {
      const gradient = gradients[i] as number;
      m[i] = (m[i] as number) + (1 - beta1) * (gradient - (m[i] as number));
      v[i] = beta2 * (v[i] as number) + (1 - beta2) * gradient * gradient;
      const denominator = Math.sqrt(v[i] as number) / rootCorrection + this.#epsilon;
      values[i] = keep * (values[i] as number) - (stepSize * (m[i] as number)) / denominator;
    }
  }
}

function bad(message: string): ConfigError {
  return new ConfigError("bad_optimizer", `AdamW: ${message}`);
}
