import { seededValues } from "@dylora/test-kit";
import { describe, expect } from "vitest";
import type { NativeAddon } from "./addon/addon.ts";
import { onAddon } from "./fixtures/on-addon.ts";

/** To the nearest bfloat16, ties to even. */
function toBfloat16(values: Float32Array): Float32Array {
  const bits = new Uint32Array(values.slice().buffer);
  for (const [i, word] of bits.entries()) bits[i] = (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000;
  return new Float32Array(bits.buffer);
}

interface Case {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly outIn: boolean;
  readonly bfloat16: boolean;
}

/** Weights, and what the backend should make of them: element (i, o) of the matrix `[in, out]`. */
function weightsOf({ inFeatures, outFeatures, outIn, bfloat16 }: Case) {
  const values = seededValues(inFeatures * outFeatures, `weights ${inFeatures} ${outFeatures}`, 1);
  const stored = bfloat16 ? toBfloat16(values) : values;
  const at = (i: number, o: number) => stored[outIn ? o * inFeatures + i : i * outFeatures + o] as number;
  return { values, at };
}

/** |y − x · W − bias| in units of Σ |x| |W| + |bias|, the most of all elements, in float64. */
function worstError(one: Case, backward: boolean, rows: number, x: Float32Array, bias: Float32Array, y: Float32Array) {
  const { at } = weightsOf(one);
  const [depth, width] = backward ? [one.outFeatures, one.inFeatures] : [one.inFeatures, one.outFeatures];
  let worst = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++) {
      const offset = bias[column] as number;
      let [sum, size] = [offset, Math.abs(offset)];
      for (let k = 0; k < depth; k++) {
        const term = (x[row * depth + k] as number) * (backward ? at(column, k) : at(k, column));
        sum += term;
        size += Math.abs(term);
      }
      worst = Math.max(worst, Math.abs(sum - (y[row * width + column] as number)) / size);
    }
  }
  return worst;
}

const sizes = [
  [1, 1],
  [1, 67],
  [67, 1],
  [7, 64],
  [64, 63],
  [131, 257],
  [300, 130],
  // Deeper, and wider, than what a kernel of AVX2 takes at a time.
  [1030, 37],
  [40, 1100],
  // Cut into parts where bfloat16 is multiplied in hardware, the last of them smaller or as large.
  [256, 1100],
  [1100, 256],
  [1024, 256],
  // Turned over, or widened, slice by slice.
  [64, 70_001],
] as const;
/** From one to more than any kernel of few rows takes; fewer with the larger matrices, for the time it takes. */
function rowCounts(elements: number): number[] {
  if (elements > 1_000_000) return [2];
  if (elements > 100_000) return [2, 18, 97];
  return [1, 2, 3, 4, 5, 6, 7, 11, 16, 17, 49, ...(elements < 5000 ? [96, 97, 193] : [])];
}

describe("products with a frozen matrix equal float64", () => {
  for (const [inFeatures, outFeatures] of sizes) {
    for (const outIn of [false, true]) {
      for (const bfloat16 of [false, true]) {
        const one = { inFeatures, outFeatures, outIn, bfloat16 };
        onAddon(JSON.stringify(one), (addon) => {
          const packed = addon.pack(weightsOf(one).values, inFeatures, outFeatures, outIn, bfloat16);
          for (const rows of rowCounts(inFeatures * outFeatures)) {
            for (const backward of [false, true]) {
              const [depth, width] = backward ? [outFeatures, inFeatures] : [inFeatures, outFeatures];
              // Numbers of bfloat16, so that rounding them changes nothing.
              const x = toBfloat16(seededValues(rows * depth, `x ${rows}`));
              const bias = seededValues(width, "bias");
              const y = new Float32Array(rows * width);
              addon.applyPacked(packed, backward, rows, x, bias, y);
              expect(worstError(one, backward, rows, x, bias, y), `${rows} rows, ${backward}`).toBeLessThan(1e-6);
            }
          }
          addon.release(packed);
        });
      }
    }
  }
});

describe("what is no number shows in every output it reaches, and in no other", () => {
  const [inFeatures, outFeatures] = [37, 67];
  for (const bfloat16 of [false, true]) {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      onAddon(`${bad} in a row or in a weight, ${bfloat16 ? "bfloat16" : "float32"}`, (addon) => {
        const values = new Float32Array(inFeatures * outFeatures).fill(0.5);
        const clean = addon.pack(values, inFeatures, outFeatures, false, bfloat16);
        values[5 * outFeatures + 66] = bad;
        const spoilt = addon.pack(values, inFeatures, outFeatures, false, bfloat16);
        for (const rows of [1, 2, 3, 6, 7, 16, 49]) {
          const ones = new Float32Array(rows * inFeatures).fill(1);
          const y = new Float32Array(rows * outFeatures);
          addon.applyPacked(spoilt, false, rows, ones, null, y);
          for (const [i, value] of y.entries()) expect(value).toBe(i % outFeatures === 66 ? bad : inFeatures / 2);

          ones[(rows - 1) * inFeatures + 3] = bad;
          addon.applyPacked(clean, false, rows, ones, null, y);
          for (const [i, value] of y.entries()) {
            expect(value).toBe(i >= (rows - 1) * outFeatures ? bad : inFeatures / 2);
          }
        }
        addon.release(clean);
        addon.release(spoilt);
      });
    }
  }
});

describe("a product is the same, bit for bit, whenever it is made", () => {
  const [inFeatures, outFeatures] = [530, 1100];
  for (const bfloat16 of [false, true]) {
    onAddon(bfloat16 ? "bfloat16" : "float32", (addon) => {
      const packed = addon.pack(
        seededValues(inFeatures * outFeatures, "weights"),
        inFeatures,
        outFeatures,
        false,
        bfloat16,
      );
      for (const rows of [1, 5, 7, 16, 40, 130]) {
        const x = toBfloat16(seededValues(rows * inFeatures, "x"));
        const [first, again] = [new Float32Array(rows * outFeatures), new Float32Array(rows * outFeatures)];
        addon.applyPacked(packed, false, rows, x, null, first);
        for (let run = 0; run < 20; run++) {
          again.fill(Number.NaN);
          addon.applyPacked(packed, false, rows, x, null, again);
          expect(Buffer.from(again.buffer).equals(Buffer.from(first.buffer)), `${rows} rows`).toBe(true);
        }
      }
      addon.release(packed);
    });
  }
});

describe("memory of a frozen matrix", () => {
  // Whole panels of every layout: others are padded, by a fifth and more at this size.
  const [inFeatures, outFeatures, rows] = [320, 640, 40];
  const values = seededValues(inFeatures * outFeatures, "weights");

  /** Bytes after packing, after a forward product, and after a gradient. */
  function bytesOf(addon: NativeAddon, bfloat16: boolean): number[] {
    const packed = addon.pack(values, inFeatures, outFeatures, false, bfloat16);
    const [x, y] = [new Float32Array(rows * inFeatures), new Float32Array(rows * outFeatures)];
    const bytes = [addon.packedBytes(packed)];
    addon.applyPacked(packed, false, rows, x, null, y);
    bytes.push(addon.packedBytes(packed));
    addon.applyPacked(packed, true, rows, y, null, x);
    bytes.push(addon.packedBytes(packed));
    addon.release(packed);
    return bytes;
  }

  onAddon("float32 lies once: a gradient adds nothing", (addon) => {
    const [packed, forward, gradient] = bytesOf(addon, false) as [number, number, number];
    expect(packed).toBeGreaterThanOrEqual(4 * inFeatures * outFeatures);
    expect(packed).toBeLessThan(4 * inFeatures * outFeatures * 1.2);
    expect([forward, gradient]).toEqual([packed, packed]);
  });

  onAddon("bfloat16 takes half; for backward again as much only where it is multiplied in hardware", (addon) => {
    const [packed, forward, gradient] = bytesOf(addon, true) as [number, number, number];
    expect(packed).toBeGreaterThanOrEqual(2 * inFeatures * outFeatures);
    expect(packed).toBeLessThan(2 * inFeatures * outFeatures * 1.2);
    expect(forward).toBe(packed);
    if (!addon.describe().bfloat16) expect(gradient).toBe(packed);
    else expect(gradient).toBeLessThan(4 * inFeatures * outFeatures * 1.2);
  });
});
