import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";

const mix32 = (value: number): number => {
  // The finaliser of MurmurHash3: every input bit reaches every output bit.
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
};

/**
 * A generator whose stream is a function of (seed, epoch) alone, so that epoch 1,000 can be drawn without drawing the
 * 999 before it. `seed` and `epoch` are safe integers.
 */
export function epochGenerator(seed: number, epoch: number): RandomGenerator {
  const words = [seed | 0, Math.floor(seed / 2 ** 32) | 0, epoch | 0, Math.floor(epoch / 2 ** 32) | 0];
  const state = [1, 2, 3, 4].map((lane) =>
    words.reduce((hash, word) => mix32((hash ^ word) + 0x9e3779b9), Math.imul(lane, 0x9e3779b9)),
  );
  return xoroshiro128plusFromState(state);
}

/** Shuffles `values` in place (Fisher-Yates): each order is equally likely. */
export function shuffleInPlace(values: Int32Array, generator: RandomGenerator): void {
  for (let last = values.length - 1; last > 0; last -= 1) {
    const other = uniformInt(generator, 0, last);
    const kept = values[last]!;
    values[last] = values[other]!;
    values[other] = kept;
  }
}
