import { ConfigError, checkOptionNames } from "@dylora/errors";
import type { ParameterEntry, ParameterRange, ParameterStore } from "@dylora/lora-core";
import { fusedKernels } from "@dylora/tensor";

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
  readonly perParameter?: (entry: ParameterEntry) => ParameterOptions;
}

const adamwSettings: Readonly<Record<keyof AdamWOptions, true>> = {
  ...{ betas: true, epsilon: true, weightDecay: true, perParameter: true },
};

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
  constructor(parameters: ParameterStore, options: AdamWOptions = {}) {
    checkOptionNames("AdamW", options, adamwSettings);
    const { betas = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0.01, perParameter } = options;
    for (const beta of betas) if (!(beta >= 0 && beta < 1)) throw bad(`beta ${beta} is outside [0, 1)`);
    if (!(epsilon >= 0)) throw bad(`epsilon ${epsilon} is below 0`);
    this.#parameters = parameters;
    this.#betas = betas;
    this.#epsilon = epsilon;
    this.#segments = parameters.entries.flatMap((entry) => {
      const own = perParameter?.(entry) ?? {};
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
   * Takes one step, by the active backend's kernel where it has one; every backend's gives the same bits.
   *
   * @param gradients in the flat layout
   * @param learningRate of this step
   * @param active stretches to change, in any order; default everything. A segment is stepped when it lies in one.
   * @throws ConfigError `bad_optimizer` when the gradients are not as many as the parameters
   */
  step(gradients: Float32Array, learningRate: number, active?: readonly ParameterRange[]): void {
    const { values } = this.#parameters;
    if (gradients.length !== values.length) {
      throw bad(`there are ${gradients.length} gradients for ${values.length} parameters`);
    }
    const [beta1, beta2] = this.#betas;
    const stepped = this.#segmentsIn(active);
    const ranges = new Int32Array(2 * stepped.length);
    const factors = new Float64Array(3 * stepped.length);
    for (const [place, index] of stepped.entries()) {
      const { start, end, learningRateScale, weightDecay } = this.#segments[index] as Segment;
      const count = (this.steps[index] ?? 0) + 1;
      this.steps[index] = count;
      const rate = learningRate * learningRateScale;
      ranges.set([start, end], 2 * place);
      factors.set([rate / (1 - beta1 ** count), Math.sqrt(1 - beta2 ** count), 1 - rate * weightDecay], 3 * place);
    }
    const { firstMoment, secondMoment } = this;
    const [betas, epsilon] = [this.#betas, this.#epsilon];
    fusedKernels().adamw({ values, gradients, firstMoment, secondMoment, ranges, factors, betas, epsilon });
  }

  /** Numbers of the segments that lie in one of the stretches. */
  #segmentsIn(active: readonly ParameterRange[] | undefined): number[] {
    const all = [...this.#segments.keys()];
    if (active === undefined) return all;
    const stretches = [...active].sort((a, b) => a.start - b.start);
    let range = 0;
    return all.filter((index) => {
      const { start, end } = this.#segments[index] as Segment;
      while (range < stretches.length && (stretches[range] as ParameterRange).end <= start) range++;
      const current = stretches[range];
      return current !== undefined && current.start <= start && current.end >= end;
    });
  }
}

function bad(message: string): ConfigError {
  return new ConfigError("bad_optimizer", `AdamW: ${message}`);
}
