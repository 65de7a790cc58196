import { expect, test } from "vitest";
import { foldKey, foldName, mix32, wordAt } from "./counter.ts";

/** lowbias32 in exact integer arithmetic. */
function exactMix(word: number): number {
  const bits = 0xffff_ffffn;
  let h = BigInt.asUintN(32, BigInt(word));
  h = ((h ^ (h >> 16n)) * 0x21f0aaadn) & bits;
  h = ((h ^ (h >> 15n)) * 0xd35a2d97n) & bits;
  return Number(h ^ (h >> 15n));
}

/** A different generator than the one under test. */
function* lehmer(count: number): Generator<number> {
  let state = 48271;
  for (let i = 0; i < count; i++) {
    state = (state * 48271) % 0x7fffffff;
    yield (state * 2 + (i & 1)) >>> 0;
  }
}

/** Pearson's chi-square against equal shares, in standard deviations from its mean. */
function unevenness(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  const freedom = counts.length - 1;
  return (chiSquare - freedom) / Math.sqrt(2 * freedom);
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  const covariance = (x: readonly number[], y: readonly number[], mx: number, my: number) =>
    mean(x.map((value, i) => (value - mx) * ((y[i] as number) - my)));
  return covariance(a, b, meanA, meanB) / Math.sqrt(covariance(a, a, meanA, meanA) * covariance(b, b, meanB, meanB));
}

test("mix32 is lowbias32 in 32-bit arithmetic, an unsigned word for any number", () => {
  for (const word of [0, 1, -1, 0x7fffffff, 0x80000000, 0xffffffff, ...lehmer(1000)]) {
    expect(mix32(word)).toBe(exactMix(word));
  }
});

test("mix32 is a bijection: each of its steps can be undone", () => {
  const inverse = (multiplier: bigint): bigint => {
    let guess = multiplier;
    for (let i = 0; i < 5; i++) guess = BigInt.asUintN(32, guess * (2n - multiplier * guess));
    return guess;
  };
  const unshift = (h: bigint, by: bigint): bigint => h ^ (h >> by) ^ (h >> (2n * by));
  for (const word of lehmer(1000)) {
    let h = BigInt(mix32(word));
    h = BigInt.asUintN(32, unshift(h, 15n) * inverse(0xd35a2d97n));
    h = BigInt.asUintN(32, unshift(h, 15n) * inverse(0x21f0aaadn));
    h = unshift(h, 16n);
    expect(Number(BigInt.asUintN(32, h))).toBe(word);
  }
});

test.each([
  ["mix32", (word: number) => mix32(word)],
  ["a key's coordinate", (word: number) => foldKey(7, word)],
  ["a key", (word: number) => foldKey(word, 7)],
  ["a row's column", (word: number) => wordAt(7, word)],
] as const)("avalanche of %s: flipping any bit flips every bit half of the time", (_, f) => {
  const samples = [...lehmer(4000)];
  for (let flipped = 0; flipped < 32; flipped++) {
    const flips = new Float64Array(32);
    for (const sample of samples) {
      const change = f(sample) ^ f((sample ^ (1 << flipped)) >>> 0);
      for (let bit = 0; bit < 32; bit++) flips[bit] = (flips[bit] as number) + ((change >>> bit) & 1);
    }
    // Six standard deviations of a fair coin, and the mixer's own bias.
    for (const count of flips) expect(Math.abs(count / samples.length - 0.5)).toBeLessThan(0.055);
  }
});

test("words along a row, a step, and a site are uniform in their high and low bits", () => {
  const streams = {
    columns: (i: number) => wordAt(foldKey(1, 2), i),
    steps: (i: number) => wordAt(foldKey(foldKey(42, i), 3), 0),
    sites: (i: number) => wordAt(foldName(42, `encoder.layer.${i}.attention.self.query`), 5),
    seeds: (i: number) => wordAt(foldKey(i, 0), 0),
  };
  for (const stream of Object.values(streams)) {
    const high = new Array<number>(256).fill(0);
    const low = new Array<number>(256).fill(0);
    for (let i = 0; i < 20_000; i++) {
      const word = stream(i);
      high[word >>> 24] = (high[word >>> 24] ?? 0) + 1;
      low[word & 255] = (low[word & 255] ?? 0) + 1;
    }
    expect(Math.abs(unevenness(high))).toBeLessThan(5);
    expect(Math.abs(unevenness(low))).toBeLessThan(5);
  }
});

test("neighbouring columns, rows, steps and sites are uncorrelated", () => {
  const row = (key: number, from = 0) => Array.from({ length: 20_000 }, (_, i) => wordAt(key, from + i));
  const key = foldKey(9, 1);
  const others = [row(key, 1), row(key, 2), row(foldKey(9, 2)), row(foldKey(10, 1)), row(foldName(9, "\u0001"))];
  for (const other of others) expect(Math.abs(correlation(row(key), other))).toBeLessThan(0.035);
});

test("the order and the number of coordinates matter", () => {
  const keys = new Set<number>();
  for (let a = -50; a < 50; a++) for (let b = -50; b < 50; b++) keys.add(foldKey(foldKey(0, a), b));
  // 10,000 keys of 32 bits: 0.012 collisions are expected.
  expect(keys.size).toBe(10_000);
  const names = ["", "a", "aa", "ab", "ba", "a\u0000", "\u0000a", "query", "queryquery"];
  expect(new Set(names.map((name) => foldName(3, name))).size).toBe(names.length);
});
