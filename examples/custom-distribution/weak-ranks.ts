import { drawRank, type RankSampler, rankSet, uniformAt } from "@dylora/dylora-sampler";
import { ConfigError, FormatError } from "@dylora/errors";

/** Weight of a new loss in the running mean of its rank. */
const NEW = 0.2;

/** Settings of {@link weakRanks}. */
export interface WeakRanksOptions {
  /** Ranks to draw from, ascending. */
  readonly ranks: readonly number[];
  /** Any safe integer. Default 0. */
  readonly seed?: number;
  /** How strongly a high loss draws: 0 is uniform. Default 2. */
  readonly strength?: number;
  /** Share of the steps that is spread over all ranks alike, so that none is forgotten. Default 0.2. */
  readonly floor?: number;
}

/**
 * A sampler that visits weak ranks more often: P(b) grows with the running mean of rank b's training loss, as
 * `exp(strength · loss)`. The loss of a rank that was not drawn for long stays where it was while the others fall, which
 * brings the rank back. A rank never seen counts as weak as the weakest.
 *
 * @throws ConfigError `bad_sampler` for a setting out of range
 */
export function weakRanks({ ranks, seed = 0, strength = 2, floor = 0.2 }: WeakRanksOptions): RankSampler {
  if (!(strength >= 0)) throw new ConfigError("bad_sampler", `strength is ${strength}; it must be 0 or above`);
  if (!(floor > 0 && floor <= 1))
    throw new ConfigError("bad_sampler", `floor is ${floor}; it must be above 0, up to 1`);
  let draws = seed;
  let losses = ranks.map((): number | null => null);

  const distribution = () => {
    const highest = Math.max(0, ...losses.filter((loss) => loss !== null));
    const pull = losses.map((loss) => Math.exp(strength * ((loss ?? highest) - highest)));
    const total = pull.reduce((sum, weight) => sum + weight, 0);
    const weights = pull.map((weight) => floor / ranks.length + ((1 - floor) * weight) / total);
    return { ...rankSet(ranks, weights), name: "weak ranks" };
  };
  distribution(); // refuses bad ranks at once

  return {
    get distribution() {
      return distribution();
    },
    rankAt: (step, example) => drawRank(distribution(), uniformAt(draws, step, example)),
    observe(_step, rank, loss) {
      losses = losses.map((mean, i) => (ranks[i] !== rank ? mean : mean === null ? loss : mean + NEW * (loss - mean)));
    },
    state: () => ({ seed: draws, losses }),
    restore(state) {
      const { seed: from, losses: means } = (state ?? {}) as { seed?: number; losses?: (number | null)[] };
      const fits = means?.length === ranks.length && means.every((mean) => mean === null || mean >= 0);
      if (!fits || !Number.isSafeInteger(from)) {
        throw new FormatError("bad_sampler_state", `the saved state is not one of ${ranks.length} weak ranks`);
      }
      draws = from as number;
      losses = [...means];
    },
  };
}
