import { ConfigError, FormatError } from "@dylora/errors";
import { checkDistribution, type RankDistribution } from "./rank-distribution.ts";
import { checkSeed, uniformAt } from "./uniform-at.ts";

/** A value that survives `JSON.stringify` and `JSON.parse`. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/**
 * Chooses the rank of each training step. Any object with these members is a sampler; {@link createSampler} makes one
 * from a distribution.
 *
 * Contract: between two calls of `observe` or `restore`, `rankAt` is a pure function of its arguments. It may be
 * called in any order, any number of times. {@link uniformAt} and {@link drawRank} give a sampler of your own that for
 * free.
 */
export interface RankSampler {
  /** The ranks that can come, and how likely each is now. A sweep evaluates `distribution.ranks`, which never change. */
  readonly distribution: RankDistribution;
  /**
   * The rank of an optimiser step, 1-based. All sites and all micro-batches of the step share it.
   *
   * @param step optimiser step, from 0
   * @param example for training with a rank per example: the example's place in the batch. Default 0.
   */
  rankAt(step: number, example?: number): number;
  /**
   * Hook for samplers that learn from the run: called once after each optimiser step, in order.
   *
   * @param step the step that was taken
   * @param rank its rank
   * @param loss its training loss
   */
  observe?(step: number, rank: number, loss: number): void;
  /** Everything that decides the ranks to come, for the checkpoint. */
  state(): JsonValue;
  /**
   * Continues from a saved state.
   *
   * @throws FormatError or ConfigError when the state is malformed or belongs to another sampler.
   */
  restore(state: JsonValue): void;
}

/** Options of {@link createSampler}. */
export interface SamplerOptions {
  /** Any safe integer. Default 0. */
  readonly seed?: number;
}

/** Probabilities of a saved state may differ by rounding from those computed anew. */
const PMF_TOLERANCE = 1e-9;

/**
 * A sampler that draws from a distribution: the rank is a function of (seed, step), whatever was drawn before, so a
 * resumed run draws what the uninterrupted run would have drawn.
 *
 * Its state holds the seed and the distribution; restoring into a sampler of another distribution is refused.
 *
 * @throws ConfigError as {@link checkDistribution} does, or `bad_seed`.
 * @example
 * ```ts
 * import { createSampler, geometric } from "@dylora/dylora-sampler";
 *
 * const sampler = createSampler(geometric({ max: 8 }), { seed: 42 });
 * for (let step = 0; step < 5; step++) console.log(step, sampler.rankAt(step));
 *
 * const resumed = createSampler(geometric({ max: 8 }));
 * resumed.restore(JSON.parse(JSON.stringify(sampler.state())));
 * console.log(resumed.rankAt(5) === sampler.rankAt(5)); // true
 * ```
 */
export function createSampler({ name, ranks, pmf }: RankDistribution, options: SamplerOptions = {}): RankSampler {
  checkDistribution({ name, ranks, pmf });
  let seed = options.seed ?? 0;
  checkSeed(seed);
  // A copy: what was checked is what is drawn from, whatever happens to the caller's object.
  const distribution: RankDistribution = { name, ranks: [...ranks], pmf: [...pmf] };
  return {
    distribution,
    rankAt: (step, example) => drawRank(distribution, uniformAt(seed, step, example)),
    state: () => ({ seed, distribution: { ...distribution } }),
    restore: (state) => {
      seed = savedSeed(state, distribution);
    },
  };
}

/**
 * The rank at which the cumulative probability first exceeds `u`: turns a uniform number in [0, 1) into a draw.
 *
 * @example
 * ```ts
 * import { drawRank, uniform } from "@dylora/dylora-sampler";
 *
 * console.log(drawRank(uniform({ max: 4 }), 0.6)); // 3
 * ```
 */
export function drawRank(distribution: RankDistribution, u: number): number {
  const { ranks, pmf } = distribution;
  let cumulative = 0;
  let drawn = ranks[0]!;
  for (let i = 0; i < ranks.length; i++) {
    if (pmf[i] === 0) continue;
    drawn = ranks[i]!;
    cumulative += pmf[i]!;
    if (u < cumulative) break;
  }
  // The sum may stop a rounding error short of 1: then the highest possible rank takes the rest.
  return drawn;
}

function savedSeed(state: JsonValue, distribution: RankDistribution): number {
  const saved = state as { seed?: unknown; distribution?: Partial<RankDistribution> } | null;
  const { name, ranks, pmf } = saved?.distribution ?? {};
  if (!Number.isSafeInteger(saved?.seed) || !Array.isArray(ranks) || !Array.isArray(pmf)) {
    throw new FormatError(
      "bad_sampler_state",
      "the saved sampler state needs a whole-number seed and a distribution with ranks and pmf",
    );
  }
  const same =
    ranks.length === distribution.ranks.length &&
    ranks.every((rank, i) => rank === distribution.ranks[i]) &&
    pmf.every((probability, i) => Math.abs(probability - distribution.pmf[i]!) <= PMF_TOLERANCE);
  if (!same) {
    throw new ConfigError(
      "sampler_state_mismatch",
      `the saved state draws from "${name}", this sampler from "${distribution.name}"; resume with the same distribution`,
      { details: { saved: name, current: distribution.name } },
    );
  }
  return saved!.seed as number;
}
