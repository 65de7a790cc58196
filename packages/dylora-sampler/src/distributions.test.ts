import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  blocks,
  categorical,
  checkDistribution,
  expectedRank,
  fixed,
  fromPmf,
  geometric,
  type RankDistribution,
  rankSet,
  uniform,
} from "./index.ts";

const closeTo = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 12));
const config = (code: string) => expect.objectContaining({ name: "ConfigError", code });

describe("uniform", () => {
  test("covers both ends", () => {
    expect(uniform({ max: 4 })).toEqual({ name: "uniform(1..4)", ranks: [1, 2, 3, 4], pmf: [0.25, 0.25, 0.25, 0.25] });
    expect(uniform({ min: 3, max: 4 }).ranks).toEqual([3, 4]);
  });
});

describe("geometric", () => {
  test("matches scipy.stats.geom(0.15), renormalised over 1..8", () => {
    // geom(0.15).pmf(range(1, 9)) / geom(0.15).cdf(8)
    expect(geometric({ max: 8 }).pmf).toEqual(
      closeTo([
        0.2061828816841925, 0.17525544943156363, 0.14896713201682907, 0.12662206221430472, 0.10762875288215899,
        0.09148443994983516, 0.07776177395735988, 0.06609750786375589,
      ]),
    );
  });

  test("is the closed form of its documentation", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 0, max: 60 }),
        (p, min, length) => {
          const max = min + length;
          const { ranks, pmf } = geometric({ p, min, max });
          expect(pmf).toEqual(closeTo(ranks.map((b) => ((1 - p) ** (b - min) * p) / (1 - (1 - p) ** (length + 1)))));
        },
      ),
    );
  });

  test("tends to uniform as p falls", () => {
    expect(geometric({ p: 1e-13, max: 5 }).pmf).toEqual(closeTo(uniform({ max: 5 }).pmf));
  });

  test.each([0, 1, -0.1, 1.5, Number.NaN])("refuses p = %d", (p) => {
    expect(() => geometric({ p, max: 8 })).toThrow(config("bad_geometric_p"));
  });
});

describe("ranges", () => {
  test.each([
    [{ min: 0, max: 8 }, "bad_rank"],
    [{ max: 0 }, "bad_rank"],
    [{ max: 2.5 }, "bad_rank"],
    [{ max: Number.NaN }, "bad_rank"],
    [{ min: 5, max: 4 }, "bad_rank_range"],
    [{ max: 2 ** 40 }, "bad_rank_range"],
  ])("refuses %o", (range, code) => {
    expect(() => uniform(range)).toThrow(config(code));
    expect(() => geometric(range)).toThrow(config(code));
  });
});

describe("categorical and rankSet", () => {
  test("normalise their weights", () => {
    expect(categorical({ 8: 1, 1: 2, 4: 1 })).toEqual({
      name: "categorical(1,4,8)",
      ranks: [1, 4, 8],
      pmf: [0.5, 0.25, 0.25],
    });
    expect(rankSet([8, 1, 4, 2])).toMatchObject({ ranks: [1, 2, 4, 8], pmf: [0.25, 0.25, 0.25, 0.25] });
    expect(rankSet([4, 1], [1, 3])).toMatchObject({ ranks: [1, 4], pmf: [0.75, 0.25] });
  });

  test.each<[string, () => RankDistribution]>([
    ["empty_distribution", () => categorical({})],
    ["bad_rank", () => categorical({ 0: 1, 1: 1 })],
    ["bad_rank", () => categorical({ 1.5: 1 })],
    ["bad_rank", () => categorical({ "-1": 1 })],
    ["bad_probability", () => categorical({ 1: -1, 2: 2 })],
    ["bad_probability", () => categorical({ 1: Number.NaN })],
    ["bad_probability", () => categorical({ 1: 0 })],
    ["bad_probability", () => categorical({ 1: Number.MAX_VALUE, 2: Number.MAX_VALUE })],
    ["empty_distribution", () => rankSet([])],
    ["duplicate_rank", () => rankSet([1, 2, 1])],
    ["pmf_length", () => rankSet([1, 2], [1])],
    ["bad_rank", () => rankSet([0, 2])],
    ["bad_rank", () => fixed(0)],
  ])("refuses with %s (case %#)", (code, make) => {
    expect(make).toThrow(config(code));
  });
});

describe("fromPmf", () => {
  test("starts at min and leaves out what is never drawn", () => {
    expect(fromPmf([0.5, 0, 0.25, 0.25], { min: 2 })).toEqual({
      name: "from-pmf(2..5)",
      ranks: [2, 4, 5],
      pmf: [0.5, 0.25, 0.25],
    });
  });

  test("takes hand-typed decimals and makes their sum exact", () => {
    const { pmf } = fromPmf([0.3333333, 0.3333333, 0.3333334]);
    expect(pmf.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 15);
  });

  test.each<[string, () => RankDistribution]>([
    ["pmf_sum", () => fromPmf([0.5, 0.4])],
    ["bad_probability", () => fromPmf([0.5, 0.6, -0.1])],
    ["bad_probability", () => fromPmf([Number.NaN, 1])],
    ["empty_distribution", () => fromPmf([])],
    ["bad_rank", () => fromPmf([1], { min: 0 })],
  ])("refuses with %s (case %#)", (code, make) => {
    expect(make).toThrow(config(code));
  });
});

describe("blocks", () => {
  test("multiplies the ranks and keeps the probabilities", () => {
    expect(blocks(uniform({ max: 4 }), 2)).toEqual({
      name: "blocks(uniform(1..4), 2)",
      ranks: [2, 4, 6, 8],
      pmf: [0.25, 0.25, 0.25, 0.25],
    });
    expect(blocks(fixed(2), 1).ranks).toEqual([2]);
  });

  test.each([0, 1.5, -2])("refuses a block size of %d", (size) => {
    expect(() => blocks(uniform({ max: 4 }), size)).toThrow(config("bad_rank"));
  });
});

describe("checkDistribution", () => {
  const good: RankDistribution = { name: "mine", ranks: [1, 2], pmf: [0.5, 0.5] };

  test("accepts any object that keeps the contract, a zero probability included", () => {
    checkDistribution(good, { maxRank: 2 });
    checkDistribution({ ...good, ranks: [1, 2, 7], pmf: [0.5, 0, 0.5] });
  });

  test.each<[object, string, RegExp]>([
    [{ ranks: [0, 1] }, "bad_rank", /"mine": ranks\[0\] is 0/],
    [{ ranks: [1, 2.5] }, "bad_rank", /ranks\[1\] is 2.5/],
    [{ ranks: [1, 1] }, "ranks_not_ascending", /rank 1 follows rank 1/],
    [{ ranks: [2, 1] }, "ranks_not_ascending", /rank 1 follows rank 2/],
    [{ ranks: [1, 9] }, "rank_above_max", /rank 9 is above the adapter's rank 8/],
    [{ ranks: [], pmf: [] }, "empty_distribution", /no ranks/],
    [{ pmf: [1] }, "pmf_length", /1 entries for 2 ranks/],
    [{ pmf: [0.5, 0.6] }, "pmf_sum", /sum to 1.1/],
    [{ pmf: [1.5, -0.5] }, "bad_probability", /rank 2 has probability -0.5/],
    [{ pmf: [Number.NaN, 0.5] }, "bad_probability", /rank 1 has probability NaN/],
    [{ pmf: undefined }, "bad_distribution", /needs the members/],
    [{ name: 3 }, "bad_distribution", /needs the members/],
  ])("refuses %o with %s", (fault, code, message) => {
    const check = () => checkDistribution({ ...good, ...fault } as RankDistribution, { maxRank: 8 });
    expect(check).toThrow(config(code));
    expect(check).toThrow(message);
  });
});

test("expectedRank is the mean of the distribution", () => {
  expect(expectedRank(uniform({ max: 8 }))).toBeCloseTo(4.5, 12);
  expect(expectedRank(categorical({ 1: 1, 8: 3 }))).toBeCloseTo(6.25, 12);
});
