import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSampler, drawRank, fixed, geometric, rankSet, uniform, uniformAt } from "./index.ts";

const COUNT = 50_000;
const sequence = (at: (i: number) => number) => Float64Array.from({ length: COUNT }, (_, i) => at(i));

/** Pearson correlation of two series of uniform numbers, in units of its standard error. */
function correlationZ(a: Float64Array, b: Float64Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    ab += (a[i]! - 0.5) * (b[i]! - 0.5);
    aa += (a[i]! - 0.5) ** 2;
    bb += (b[i]! - 0.5) ** 2;
  }
  return (ab / Math.sqrt(aa * bb)) * Math.sqrt(n);
}

/** Chi-square of (u, v) pairs over a grid, in standard deviations from its mean. */
function gridZ(a: Float64Array, b: Float64Array, bins: number): number {
  const counts = new Float64Array(bins * bins);
  for (let i = 0; i < a.length; i++) counts[Math.floor(a[i]! * bins) * bins + Math.floor(b[i]! * bins)]! += 1;
  const expected = a.length / counts.length;
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  return (chiSquare - (counts.length - 1)) / Math.sqrt(2 * (counts.length - 1));
}

describe("uniformAt", () => {
  const pairs: [string, (i: number) => number, (i: number) => number][] = [
    ["a step and the next", (i) => uniformAt(0, i), (i) => uniformAt(0, i + 1)],
    ["a step and the one 8 later", (i) => uniformAt(0, i), (i) => uniformAt(0, i + 8)],
    ["a seed and the next, same step", (i) => uniformAt(i, 0), (i) => uniformAt(i + 1, 0)],
    ["two seeds over the steps", (i) => uniformAt(41, i), (i) => uniformAt(42, i)],
    ["seed and step swapped", (i) => uniformAt(i, 7), (i) => uniformAt(7, i)],
    ["an example and the next", (i) => uniformAt(3, i >> 5, i & 31), (i) => uniformAt(3, i >> 5, (i & 31) + 1)],
    ["high bits of the seed", (i) => uniformAt(i * 2 ** 32, 0), (i) => uniformAt(i, 0)],
    ["a seed and its negative", (i) => uniformAt(i + 1, 5), (i) => uniformAt(-i - 1, 5)],
  ];

  test.each(pairs)("%s are independent", (_, first, second) => {
    const [a, b] = [sequence(first), sequence(second)];
    expect(Math.abs(correlationZ(a, b))).toBeLessThan(4);
    expect(Math.abs(gridZ(a, b, 16))).toBeLessThan(4.5);
  });

  test("values fill [0, 1) evenly, first bits and later bits", () => {
    const values = sequence((i) => uniformAt(12, i));
    expect(Math.max(...values.subarray(0, 1000))).toBeLessThan(1);
    for (const zoom of [1, 1024, 2 ** 20, 2 ** 30]) {
      const zoomed = values.map((u) => (u * zoom) % 1);
      expect(
        Math.abs(
          gridZ(
            zoomed,
            zoomed.map((u) => (u * 64) % 1),
            16,
          ),
        ),
      ).toBeLessThan(4.5);
    }
  });

  test("neighbouring counters do not repeat a value", () => {
    const seen = new Set<number>();
    for (let seed = 0; seed < 100; seed++) for (let step = 0; step < 100; step++) seen.add(uniformAt(seed, step));
    expect(seen.size).toBe(10_000);
  });

  test("stays what it is: a change would break the resuming of saved runs", () => {
    expect([uniformAt(0, 0), uniformAt(42, 1000), uniformAt(-1, 2 ** 40, 3)]).toMatchInlineSnapshot(`
      [
        0.8093196759044713,
        0.3856251497492832,
        0.2286452912672281,
      ]
    `);
  });

  test.each([
    [[0.5, 0], "bad_seed"],
    [[Number.NaN, 0], "bad_seed"],
    [[0, -1], "bad_step"],
    [[0, 1.5], "bad_step"],
    [[0, 0, -1], "bad_example"],
  ] as [[number, number, number?], string][])("refuses %o with %s", (counters, code) => {
    expect(() => uniformAt(...counters)).toThrow(expect.objectContaining({ name: "ConfigError", code }));
  });
});

describe("drawRank", () => {
  test("inverts the cumulative distribution", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 12 }).filter((w) => w.some((x) => x > 0)),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (weights, u) => {
          const distribution = rankSet(
            weights.map((_, i) => 2 * i + 1),
            weights,
          );
          const drawn = distribution.ranks.indexOf(drawRank(distribution, u));
          const below = distribution.pmf.slice(0, drawn).reduce((sum, p) => sum + p, 0);
          expect(distribution.pmf[drawn]).toBeGreaterThan(0);
          expect(below).toBeLessThanOrEqual(u + 1e-12);
          expect(u).toBeLessThan(below + distribution.pmf[drawn]! + 1e-12);
        },
      ),
    );
  });

  test("gives the last possible rank when rounding leaves a gap below 1", () => {
    const gap = { name: "gap", ranks: [1, 2, 3], pmf: [0.5, 0.5 - 1e-9, 0] };
    expect(drawRank(gap, 1 - 2 ** -53)).toBe(2);
    expect(drawRank({ name: "late", ranks: [1, 2], pmf: [0, 1] }, 0)).toBe(2);
  });
});

describe("createSampler", () => {
  test("draws on their own do not touch later ones; examples differ", () => {
    const sampler = createSampler(uniform({ max: 64 }), { seed: 5 });
    const plain = Array.from({ length: 64 }, (_, step) => sampler.rankAt(step));
    const within = Array.from({ length: 64 }, (_, example) => sampler.rankAt(0, example));
    expect(within[0]).toBe(plain[0]);
    expect(new Set(within).size).toBeGreaterThan(30);
    expect(Array.from({ length: 64 }, (_, step) => sampler.rankAt(step))).toEqual(plain);
  });

  test("keeps what was checked, whatever happens to the caller's object", () => {
    const mine = { name: "mine", ranks: [1, 2], pmf: [0.5, 0.5] };
    const sampler = createSampler(mine);
    mine.pmf[0] = 7;
    mine.ranks[0] = 0;
    expect(sampler.distribution).toEqual({ name: "mine", ranks: [1, 2], pmf: [0.5, 0.5] });
  });

  test("restoring moves the seed", () => {
    const [a, b] = [createSampler(geometric({ max: 8 }), { seed: 1 }), createSampler(geometric({ max: 8 }))];
    b.restore(a.state());
    expect(b.state()).toEqual(a.state());
  });

  test("refuses a state of another distribution and leaves the sampler as it was", () => {
    const sampler = createSampler(uniform({ max: 8 }), { seed: 3 });
    const before = sampler.state();
    for (const other of [uniform({ max: 4 }), geometric({ max: 8 }), fixed(8)]) {
      expect(() => sampler.restore(createSampler(other, { seed: 4 }).state())).toThrow(
        expect.objectContaining({ name: "ConfigError", code: "sampler_state_mismatch" }),
      );
    }
    expect(sampler.state()).toEqual(before);
  });

  test.each([null, 3, "state", [], {}, { seed: 1 }, { seed: 0.5, distribution: uniform({ max: 2 }) }])(
    "refuses the malformed state %j",
    (state) => {
      expect(() => createSampler(uniform({ max: 2 })).restore(JSON.parse(JSON.stringify(state)))).toThrow(
        expect.objectContaining({ name: "FormatError", code: "bad_sampler_state" }),
      );
    },
  );

  test("refuses a broken distribution or seed before any draw", () => {
    expect(() => createSampler({ name: "x", ranks: [1, 2], pmf: [0.5, 0.4] })).toThrow(/sum to 0.9/);
    expect(() => createSampler(fixed(1), { seed: 1.5 })).toThrow(/seed is 1.5/);
  });
});
