import { ConfigError, isWhole } from "@dylora/errors";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

/** One start value per 32-bit word of the generator's state (digits of pi, as in Blowfish). */
const LANES = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];

/**
 * A uniform number in [0, 1) that belongs to (seed, step, example) and to nothing else: no generator to carry along,
 * so a resumed run, or one split over workers, sees the same numbers.
 *
 * The counters are hashed (MurmurHash3's 32-bit finaliser, four lanes) into the state of a fresh xoroshiro128+, whose
 * first 53 bits are the answer.
 *
 * @param seed any safe integer
 * @param step optimiser step, 0 or above
 * @param example example within the batch, 0 or above. Default 0.
 * @throws ConfigError `bad_seed`, `bad_step` or `bad_example`.
 * @example
 * ```ts
 * import { uniformAt } from "@dylora/dylora-sampler";
 *
 * console.log(uniformAt(42, 1000) === uniformAt(42, 1000)); // true
 * ```
 */
export function uniformAt(seed: number, step: number, example = 0): number {
  checkSeed(seed);
  checkCounter("step", step);
  checkCounter("example", example);
  const state = LANES.map((lane) => [seed, step, example].reduce(absorb, lane));
  return uniformFloat64(xoroshiro128plusFromState(state));
}

/** Throws ConfigError `bad_seed` unless `seed` is a safe integer. */
export function checkSeed(seed: number): void {
  if (isWhole(seed)) return;
  throw new ConfigError("bad_seed", `seed is ${seed}; it must be a whole number`, { details: { seed } });
}

function checkCounter(name: string, value: number): void {
  if (isWhole(value, { min: 0 })) return;
  throw new ConfigError(`bad_${name}`, `${name} is ${value}; it must be a whole number of at least 0`, {
    details: { [name]: value },
  });
}

function absorb(hash: number, counter: number): number {
  return finalise(finalise(hash ^ counter) ^ Math.floor(counter / 2 ** 32));
}

function finalise(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
