import type { Adapter } from "@dylora/lora-core";
import type { AdamW } from "./adamw.ts";
import type { TrainerState } from "./checkpoint.ts";

/** Losses of a run's first steps that say what an ordinary loss is. */
const FIRST = 5;

/** A loss so many times the greatest of the first ones is no longer ordinary. */
const FACTOR = 2;

/**
 * Remembers the parameters, and all that goes with them, at which the training loss was last an ordinary one: finite,
 * and not far above where it began. When training breaks down, a step's loss shows that the parameters had become
 * useless by then; these had not.
 */
export class LastGood {
  readonly #copies: readonly (readonly [from: Float32Array | Int32Array, to: Float32Array | Int32Array])[];
  #first: number[] = [];
  #at: { readonly step: number; readonly state: TrainerState } | undefined;

  constructor({ parameters }: Adapter, { firstMoment, secondMoment, steps }: AdamW) {
    this.#copies = [parameters.values, firstMoment, secondMoment, steps].map((from) => [from, from.slice()] as const);
  }

  /** Takes note of the loss that the present parameters led to; called before they are changed. */
  observe(step: number, loss: number, state: () => TrainerState): void {
    if (this.#first.length < FIRST) this.#first.push(loss);
    if (this.#at !== undefined && loss > FACTOR * Math.max(...this.#first)) return;
    for (const [from, to] of this.#copies) to.set(from);
    this.#at = { step, state: structuredClone(state()) };
  }

  /** Exchanges the present parameters with those remembered; twice is as if nothing had been done. */
  exchange(): void {
    for (const [from, to] of this.#copies) {
      const present = from.slice();
      from.set(to);
      to.set(present);
    }
  }

  /** Steps that the parameters remembered have taken, and what else there was; undefined before the first step. */
  get at(): { readonly step: number; readonly state: TrainerState } | undefined {
    return this.#at;
  }
}
