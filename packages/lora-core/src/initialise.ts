import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/**
 * Fills with numbers uniform in (-bound, bound), in order: a shorter array is a prefix of a longer one.
 *
 * @param seed any 32-bit integer
 */
export function fillUniform(values: Float32Array, bound: number, seed: number): void {
  const generator = xoroshiro128plus(seed);
  for (let i = 0; i < values.length; i++) values[i] = (2 * uniformFloat64(generator) - 1) * bound;
}

/**
 * Fills with normally distributed numbers of mean 0 (Box-Muller), in order.
 *
 * @param seed any 32-bit integer
 */
export function fillNormal(values: Float32Array, deviation: number, seed: number): void {
  const generator = xoroshiro128plus(seed);
  for (let i = 0; i < values.length; i += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - uniformFloat64(generator)));
    const angle = 2 * Math.PI * uniformFloat64(generator);
    values[i] = radius * Math.cos(angle);
    if (i + 1 < values.length) values[i + 1] = radius * Math.sin(angle);
  }
}
