import { DyloraError } from "@dylora/errors";
import fc from "fast-check";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { mersenne } from "pure-rand/generator/mersenne";
import { errorFunction } from "simple-statistics";
import { describe, expect, test } from "vitest";
import { bootstrapInterval, pairedBootstrap } from "./index.ts";

const meanOf = (values: ArrayLike<number>) => (indices: Int32Array) => {
  let sum = 0;
  for (const i of indices) sum += values[i]!;
  return sum / indices.length;
};

/** Independent standard normal values (Box–Muller). */
function noise(count: number, seed = 0): Float64Array {
  const generator = mersenne(seed);
  return Float64Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat64(generator)));
    return radius * Math.cos(2 * Math.PI * uniformFloat64(generator));
  });
}

describe("bootstrapInterval", () => {
  test("first scores the data in order, on every unit once", () => {
    const seen: number[][] = [];
    const result = bootstrapInterval({
      units: 5,
      resamples: 2,
      statistic: (indices) => {
        seen.push([...indices]);
        return 0.5;
      },
    });
    expect(seen).toContainEqual([0, 1, 2, 3, 4]);
    expect(result).toEqual({ estimate: 0.5, low: 0.5, high: 0.5, resamples: 2, confidence: 0.95 });
  });

  test("agrees with the normal approximation for a mean", () => {
    const values = noise(400);
    const { estimate, low, high } = bootstrapInterval({ units: 400, statistic: meanOf(values), resamples: 4000 });
    const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - estimate) ** 2, 0) / 400);
    const half = (1.959964 * deviation) / Math.sqrt(400);
    expect(Math.abs(low - (estimate - half))).toBeLessThan(0.06 * half);
    expect(Math.abs(high - (estimate + half))).toBeLessThan(0.06 * half);
  });

  test("covers the true mean about as often as it says", () => {
    let covered = 0;
    const trials = 300;
    for (let trial = 0; trial < trials; trial++) {
      const { low, high } = bootstrapInterval({
        units: 60,
        statistic: meanOf(noise(60, trial)),
        resamples: 300,
        confidence: 0.8,
        seed: trial,
      });
      if (low <= 0 && 0 <= high) covered++;
    }
    expect(covered / trials).toBeGreaterThan(0.73);
    expect(covered / trials).toBeLessThan(0.86);
  });

  test("draws every unit equally often, in every position", () => {
    const units = 10;
    const counts = Array.from({ length: units }, () => new Float64Array(units));
    bootstrapInterval({
      units,
      resamples: 10_000,
      seed: 3,
      statistic: (indices) => {
        indices.forEach((unit, position) => {
          counts[position]![unit]! += 1;
        });
        return 0;
      },
    });
    let chiSquare = 0;
    for (const row of counts) for (const count of row) chiSquare += (count - 1000) ** 2 / 1000;
    // 10 × 9 degrees of freedom: mean 90, deviation sqrt(180).
    expect(chiSquare).toBeLessThan(90 + 4 * Math.sqrt(180));
    expect(chiSquare).toBeGreaterThan(90 - 4 * Math.sqrt(180));
  });

  test("is a function of the seed; neighbouring seeds are unrelated", () => {
    const values = noise(50);
    const run = (seed: number) => bootstrapInterval({ units: 50, statistic: meanOf(values), resamples: 100, seed });
    expect(run(7)).toEqual(run(7));
    const lows = new Set(Array.from({ length: 20 }, (_, seed) => run(seed).low));
    expect(lows.size).toBe(20);
  });

  test("leaves out resamples on which the score is undefined and says so", () => {
    const result = bootstrapInterval({
      units: 2,
      resamples: 1000,
      statistic: (indices) => (indices[0] === indices[1] ? Number.NaN : 1),
    });
    expect(result.resamples).toBeGreaterThan(400);
    expect(result.resamples).toBeLessThan(600);
    expect(result).toMatchObject({ estimate: 1, low: 1, high: 1 });
    const none = bootstrapInterval({ units: 3, resamples: 10, statistic: () => Number.NaN });
    expect(none).toEqual({ estimate: Number.NaN, low: Number.NaN, high: Number.NaN, resamples: 0, confidence: 0.95 });
  });

  test("a wider level holds a narrower one", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 }),
        fc.integer(),
        (values, seed) => {
          const at = (confidence: number) =>
            bootstrapInterval({ units: values.length, statistic: meanOf(values), resamples: 60, confidence, seed });
          const [narrow, wide] = [at(0.5), at(0.99)];
          expect(wide.low).toBeLessThanOrEqual(narrow.low);
          expect(narrow.low).toBeLessThanOrEqual(narrow.high);
          expect(narrow.high).toBeLessThanOrEqual(wide.high);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe("pairedBootstrap", () => {
  test("a system against itself differs by nothing, p = 1", () => {
    const statistic = meanOf(noise(30));
    const result = pairedBootstrap({ units: 30, statisticA: statistic, statisticB: statistic });
    expect(result).toMatchObject({ difference: 0, low: 0, high: 0, pValue: 1, winRate: 0.5 });
  });

  test("a steady gain is certain although the scores vary far more than the gain", () => {
    const hard = noise(80).map((v) => 10 * v);
    const result = pairedBootstrap({
      units: 80,
      statisticA: meanOf(hard.map((v, i) => v + 0.1 + 0.01 * Math.sin(i))),
      statisticB: meanOf(hard),
    });
    expect(result.difference).toBeCloseTo(0.1, 2);
    expect(result.low).toBeGreaterThan(0.09);
    expect(result.winRate).toBe(1);
    expect(result.pValue).toBeCloseTo(1 / 1001, 12);
  });

  test("swapping the systems flips the sign and keeps the p-value", () => {
    const [a, b] = [meanOf(noise(40, 1)), meanOf(noise(40, 2))];
    const forth = pairedBootstrap({ units: 40, statisticA: a, statisticB: b });
    const back = pairedBootstrap({ units: 40, statisticA: b, statisticB: a });
    expect(back.difference).toBe(-forth.difference);
    expect(back.pValue).toBe(forth.pValue);
    expect(back.low).toBeCloseTo(-forth.high, 12);
    expect(back.winRate).toBeCloseTo(1 - forth.winRate, 12);
  });

  test("the p-value follows the normal test of a mean difference", () => {
    const gains = noise(200).map((v) => v + 0.12);
    const { pValue, difference } = pairedBootstrap({
      units: 200,
      statisticA: meanOf(gains),
      statisticB: () => 0,
      resamples: 5000,
    });
    const deviation = Math.sqrt(gains.reduce((sum, v) => sum + (v - difference) ** 2, 0) / 200);
    const z = difference / (deviation / Math.sqrt(200));
    expect(Math.abs(pValue - (1 - errorFunction(z / Math.SQRT2)))).toBeLessThan(0.02);
  });

  test("an undefined score gives an undefined p-value", () => {
    const result = pairedBootstrap({ units: 4, statisticA: () => Number.NaN, statisticB: () => 1 });
    expect(result).toMatchObject({ difference: Number.NaN, pValue: Number.NaN, winRate: Number.NaN, resamples: 0 });
  });
});

test.each([
  [{ units: 0 }, "bad_units"],
  [{ units: 2.5 }, "bad_units"],
  [{ units: 3, resamples: 0 }, "bad_resamples"],
  [{ units: 3, confidence: 1 }, "bad_confidence"],
  [{ units: 3, confidence: Number.NaN }, "bad_confidence"],
  [{ units: 3, seed: 0.5 }, "bad_seed"],
])("refuses %o before scoring anything", (options, code) => {
  const refuse = () => {
    throw new Error("scored");
  };
  for (const run of [
    () => bootstrapInterval({ ...options, statistic: refuse }),
    () => pairedBootstrap({ ...options, statisticA: refuse, statisticB: refuse }),
  ]) {
    expect(run).toThrow(expect.objectContaining({ code }));
    expect(run).toThrow(expect.objectContaining({ name: "ConfigError" }));
    try {
      run();
    } catch (error) {
      expect(DyloraError.isInstance(error)).toBe(true);
    }
  }
});
