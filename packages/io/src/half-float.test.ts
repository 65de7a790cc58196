import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { narrowToBf16, narrowToF16, widenBf16, widenF16 } from "./half-float.ts";

const ALL = Uint16Array.from({ length: 0x10000 }, (_, index) => index);
const widen = (halves: Uint16Array, how: typeof widenF16) => {
  const out = new Float32Array(halves.length);
  how(halves, out);
  return out;
};

/** IEEE 754 binary16 by its definition, in float64. */
function halfByDefinition(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = (half & 0x3ff) / 1024;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -14 : sign * (1 + fraction) * 2 ** (exponent - 15);
}

/** Nearest of a sorted list of finite values; on a tie the one at an even index (an even bit pattern). */
function nearest(value: number, grid: readonly number[]): number {
  let low = 0;
  let high = grid.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (grid[middle]! <= value) low = middle;
    else high = middle;
  }
  const below = value - grid[low]!;
  const above = grid[high]! - value;
  return below < above || (below === above && low % 2 === 0) ? low : high;
}

describe("half precision", () => {
  const floats = widen(ALL, widenF16);

  test("all 65536 bit patterns widen to the value that IEEE 754 defines", () => {
    for (const half of ALL) expect(floats[half]).toBe(halfByDefinition(half));
  });

  test("every value that is not NaN narrows back to its own bits", () => {
    const back = narrowToF16(floats);
    for (const half of ALL) if (!Number.isNaN(floats[half])) expect(back[half]).toBe(half);
  });

  test("NaN payloads survive widening, and NaN stays NaN when narrowed", () => {
    const bits = new Uint32Array(widen(Uint16Array.of(0x7c01, 0xfe42), widenF16).buffer);
    expect([...bits]).toEqual([0x7f802000, 0xffc84000]);
    const narrowed = narrowToF16(new Float32Array(Uint32Array.of(0x7f800001, 0xffc00000).buffer));
    for (const half of narrowed) expect(Number.isNaN(halfByDefinition(half))).toBe(true);
  });

  // 65536 would follow 65504: values nearer to it become infinite.
  const grid = [...floats.slice(0, 0x7c00), 65536];
  test("narrowing goes to the nearest value, ties to even", () => {
    const check = (value: number) => {
      const [half] = narrowToF16(Float32Array.of(value));
      expect(half).toBe(nearest(Math.abs(value), grid) | (Object.is(value, -0) || value < 0 ? 0x8000 : 0));
    };
    for (let i = 0; i < 0x7c00; i += 7) check(Math.fround((grid[i]! + grid[i + 1]!) / 2));
    fc.assert(fc.property(fc.float({ min: -65536, max: 65536, noNaN: true }), check), { numRuns: 2000 });
    fc.assert(fc.property(fc.float({ min: Math.fround(-1e-4), max: Math.fround(1e-4), noNaN: true }), check));
  });

  test("what is too large becomes infinite", () => {
    expect([...narrowToF16(Float32Array.of(65519.99, 65520, -1e30, Number.POSITIVE_INFINITY))]).toEqual([
      0x7bff, 0x7c00, 0xfc00, 0x7c00,
    ]);
  });
});

describe("bfloat16", () => {
  const floats = widen(ALL, widenBf16);

  test("widening puts the bits on top", () => {
    const bits = new Uint32Array(floats.buffer);
    for (const half of ALL) expect(bits[half]).toBe(half * 0x10000);
  });

  test("narrowing goes to the nearest value, ties to even", () => {
    const check = (bits: number) => {
      const value = new Float32Array(Uint32Array.of(bits).buffer);
      const [half] = narrowToBf16(value);
      const low = bits >>> 16;
      const rest = bits & 0xffff;
      const rounded = rest > 0x8000 || (rest === 0x8000 && low % 2 === 1) ? low + 1 : low;
      if (Number.isNaN(value[0])) expect(Number.isNaN(floats[half!])).toBe(true);
      else expect(half).toBe(rounded);
    };
    fc.assert(fc.property(fc.integer({ min: 0, max: 0xffffffff }), check), { numRuns: 2000 });
    for (const bits of [0, 0x80000000, 0x3f808000, 0x3f818000, 0x7f7fffff, 0xff800000, 0x7f800001, 0xffffffff]) {
      check(bits);
    }
  });
});
