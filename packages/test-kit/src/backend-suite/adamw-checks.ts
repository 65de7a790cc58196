import { type AdamwStep, composedKernels, fusedKernels } from "@dylora/tensor";
import { expectSameBits } from "../closeness.ts";
import { seededValues } from "../seeded-values.ts";

/** Lengths of stretches, each followed by a gap that no step may touch. */
const lengths = [1, 0, 3, 8, 17, 64, 1000, 4096, 4097, 12_289];
const gap = 5;
const steps = 4;

/** Gradients of all sizes that float32 has: zero, subnormal, and the rest down and up to squares that overflow. */
function gradientsOf(count: number, step: number): Float32Array {
  const values = seededValues(count, `adamw/${step}`);
  const exponents = seededValues(count, `adamw/exponents/${step}`, 30);
  return values.map((value, i) => (i % 7 === 0 ? 0 : value * 10 ** (exponents[i] as number)));
}

/**
 * AdamW of the active backend gives the composed form's bits over several steps, and leaves alone what lies between the
 * stretches. NaN and infinity stay in the element they came to.
 */
export function checkAdamw(): void {
  const starts: number[] = [];
  let count = gap;
  for (const length of lengths) {
    starts.push(count);
    count += length + gap;
  }
  const ranges = Int32Array.from(starts.flatMap((start, i) => [start, start + (lengths[i] as number)]));
  const initial = seededValues(count, "adamw/values");
  const stateOf = () => ({
    values: initial.slice(),
    firstMoment: new Float32Array(count),
    secondMoment: new Float32Array(count),
  });
  const [ours, composed] = [stateOf(), stateOf()];
  const betas = [0.9, 0.999] as const;
  for (let step = 1; step <= steps; step++) {
    const gradients = gradientsOf(count, step);
    if (step === steps) gradients.set([Number.NaN, Number.POSITIVE_INFINITY], starts.at(-1));
    const factors = Float64Array.from(
      lengths.flatMap((_, i) => {
        const rate = 1e-3 * (1 + (i % 3));
        return [rate / (1 - betas[0] ** (step + i)), Math.sqrt(1 - betas[1] ** (step + i)), 1 - rate * 0.1 * (i % 2)];
      }),
    );
    const shared: Omit<AdamwStep, keyof typeof ours> = { gradients, ranges, factors, betas, epsilon: 1e-8 };
    fusedKernels().adamw({ ...shared, ...ours });
    composedKernels.adamw({ ...shared, ...composed });
    for (const name of ["values", "firstMoment", "secondMoment"] as const) {
      expectSameBits(ours[name], composed[name], `${name}, step ${step}`);
    }
  }
  let moved = 0;
  for (let i = 0; i < count; i++) if (!Object.is(ours.values[i], initial[i])) moved++;
  const stepped = lengths.reduce((sum, length) => sum + length, 0);
  if (moved < stepped / 2) throw new Error(`only ${moved} of ${stepped} values moved`);
  for (const [i, start] of starts.entries()) {
    const between = (values: Float32Array) => values.subarray(start - gap, start);
    expectSameBits(between(ours.values), between(initial), `values before stretch ${i}`);
    expectSameBits(between(ours.firstMoment), new Float32Array(gap), `first moments before stretch ${i}`);
    expectSameBits(between(ours.secondMoment), new Float32Array(gap), `second moments before stretch ${i}`);
  }
  const last = starts.at(-1) as number;
  const bad = ours.values.findIndex((value) => Number.isNaN(value));
  if (bad !== last || ours.values.subarray(last + 2).some((value) => !Number.isFinite(value))) {
    throw new Error(`NaN came to ${last} and is first at ${bad}`);
  }
}
