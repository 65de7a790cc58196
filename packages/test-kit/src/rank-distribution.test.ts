import { describe, expect, test } from "vitest";
import {
  checkFit,
  chiSquareLimit,
  distributionChecks,
  type RankDistributionUnderTest,
  type RankSamplerUnderTest,
  samplerChecks,
} from "./rank-distribution.ts";

const thirds: RankDistributionUnderTest = { name: "thirds", ranks: [1, 2, 4], pmf: [1 / 3, 1 / 3, 1 / 3] };

/** A correct sampler by other means than the package's own: a bit mixer that walks the cumulative sum. */
function sampler(seed: number, distribution = thirds): RankSamplerUnderTest {
  let own = seed;
  return {
    distribution,
    rankAt(step, example = 0) {
      let x = (own * 0x9e3779b1 + step * 0x85ebca77 + example * 0xc2b2ae3d) | 0;
      for (const shift of [15, 13, 16]) x = Math.imul(x ^ (x >>> shift), 0x2c1b3c6d);
      let left = (x >>> 0) / 2 ** 32;
      return distribution.ranks.find((_, i) => {
        left -= distribution.pmf[i]!;
        return left < 0;
      })!;
    },
    state: () => ({ own }),
    restore: (state) => {
      own = (state as { own: number }).own;
    },
  };
}

const failing = (checks: ReturnType<typeof samplerChecks>) =>
  checks.flatMap(({ title, run }) => {
    try {
      run();
      return [];
    } catch {
      return [title];
    }
  });

describe("the suite passes what is right", () => {
  test("distribution, sampler and fit", () => {
    expect(failing(distributionChecks(() => thirds))).toEqual([]);
    expect(failing(samplerChecks(sampler))).toEqual([]);
    checkFit(sampler(1));
  });

  test("one rank only", () => {
    const one = { name: "one", ranks: [3], pmf: [1] };
    expect(failing(samplerChecks((seed) => sampler(seed, one)))).toEqual([]);
    checkFit(sampler(1, one));
  });
});

test.each<[string, Partial<RankDistributionUnderTest>]>([
  ["ranks are whole", { ranks: [0, 1, 2] }],
  ["ranks are whole", { ranks: [1, 2, 2] }],
  ["ranks are whole", { ranks: [1, 1.5, 2] }],
  ["ranks are whole", { ranks: [], pmf: [] }],
  ["the pmf has", { pmf: [0.5, 0.5] }],
  ["the pmf has", { pmf: [0.5, 0.6, -0.1] }],
  ["the pmf has", { pmf: [0.3, 0.3, 0.3] }],
  ["the pmf has", { pmf: [Number.NaN, 0.5, 0.5] }],
  ["is the same", { name: "" }],
])('"%s…" fails for %o', (title, fault) => {
  const broken = failing(distributionChecks(() => ({ ...thirds, ...fault })));
  expect(broken.some((t) => t.startsWith(title))).toBe(true);
});

test("a distribution that differs from call to call fails", () => {
  let calls = 0;
  const broken = failing(distributionChecks(() => ({ ...thirds, name: `thirds ${calls++}` })));
  expect(broken).toEqual([expect.stringMatching(/^is the same/)]);
});

describe("the suite fails a sampler that", () => {
  const expectFault = (make: (seed: number) => RankSamplerUnderTest, title: RegExp) =>
    expect(failing(samplerChecks(make))).toContainEqual(expect.stringMatching(title));

  test("leaves its support", () => {
    expectFault((seed) => ({ ...sampler(seed), rankAt: () => 3 }), /^draws only ranks/);
  });

  test("counts its calls", () => {
    expectFault((seed) => {
      let calls = seed;
      return { ...sampler(seed), rankAt: () => thirds.ranks[calls++ % 3]! };
    }, /^the rank of a step/);
  });

  test("ignores its seed", () => {
    expectFault(() => sampler(0), /^seeds give/);
  });

  test("forgets its state", () => {
    expectFault((seed) => ({ ...sampler(seed), restore: () => {} }), /^its state/);
  });

  test("leaves what it learned out of its state", () => {
    expectFault((seed) => {
      let steps = 0;
      const base = sampler(seed);
      return {
        ...base,
        rankAt: (step) => base.rankAt(step + steps),
        observe: () => {
          steps++;
        },
        state: () => base.state(),
      };
    }, /^its state/);
  });
});

test("checkFit rejects a sampler that prefers a rank, and draws of probability 0", () => {
  const base = sampler(1);
  const biased = { ...base, rankAt: (step: number) => (step % 20 === 0 ? 1 : base.rankAt(step)) };
  expect(() => checkFit(biased)).toThrow();
  const never = { ...base, distribution: { ...thirds, pmf: [0.5, 0.5, 0] } };
  expect(() => checkFit(never)).toThrow(/rank 4 has probability 0/);
});

test.each([
  // scipy.stats.chi2.isf(1e-4, k)
  [1, 15.136705],
  [2, 18.420681],
  [7, 29.877504],
  [63, 113.504993],
])("chi-square limit for %i degrees of freedom", (freedom, exact) => {
  expect(Math.abs(chiSquareLimit(freedom) / exact - 1)).toBeLessThan(0.08);
});
