import { expectSameBits, seededValues } from "@dylora/test-kit";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { GuardedMemory } from "./fixtures/guarded-memory.ts";
import { kernelVariants } from "./fixtures/kernel-variants.ts";
import { productFlags } from "./kernel-context.ts";

let memory: GuardedMemory;

interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly add?: boolean;
  readonly bias?: boolean;
  /** Elements beyond each row. */
  readonly gap?: number;
}

const untouched = -7;

/** Runs the kernel on matrices of seeded numbers; returns the product and what it should be, in float64. */
function multiply({ m, n, k, transposeA = false, transposeB = false, add = false, bias = false, gap = 0 }: Product) {
  memory.clear();
  const stored = (rows: number, columns: number, name: string) => {
    const values = seededValues(rows * (columns + gap), name);
    return { values, step: columns + gap, at: memory.put(values.subarray(0, rows * (columns + gap) - gap)) };
  };
  const a = transposeA ? stored(k, m, "a") : stored(m, k, "a");
  const b = transposeB ? stored(n, k, "b") : stored(k, n, "b");
  const c = stored(m, n, "c");
  const before = c.values.slice();
  if (!add) before.fill(untouched);
  const length = m * c.step - gap;
  memory.floats(c.at, length).set(before.subarray(0, length));
  const biasValues = seededValues(n, "bias");
  const biasAt = bias ? memory.put(biasValues) : 0;
  const flags = productFlags({ transposeA, transposeB, add });
  memory.kernels.gemm(flags, m, n, k, a.at, a.step, b.at, b.step, c.at, c.step, biasAt, memory.work);
  const result = memory.floats(c.at, length).slice();

  const expected = Float64Array.from(before.subarray(0, length));
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = add ? (before[i * c.step + j] as number) : bias ? (biasValues[j] as number) : 0;
      for (let p = 0; p < k; p++) {
        const x = a.values[transposeA ? p * a.step + i : i * a.step + p] as number;
        sum += x * (b.values[transposeB ? j * b.step + p : p * b.step + j] as number);
      }
      expected[i * c.step + j] = sum;
    }
  }
  return { result, expected };
}

function check(product: Product): void {
  const { result, expected } = multiply(product);
  const worst = result.reduce((most, value, i) => Math.max(most, Math.abs(value - (expected[i] as number))), 0);
  // products of numbers in [-1, 1): rounding grows with the square root of the summands at most
  expect(worst, JSON.stringify(product)).toBeLessThan(3e-7 * (4 + Math.sqrt(product.k) * 4));
  expect(memory.damage(), JSON.stringify(product)).toEqual([]);
}

const forms: Omit<Product, "m" | "n" | "k">[] = [
  {},
  { bias: true },
  { add: true },
  { transposeB: true, bias: true },
  { transposeA: true },
  { transposeA: true, transposeB: true, add: true },
];

describe.each(kernelVariants)("%s", (variant) => {
  beforeAll(async () => {
    memory = await GuardedMemory.create(4, variant);
  });

  test("products of every shape around the tile sizes, with rows apart from each other", () => {
    for (const m of [1, 2, 3, 4, 5, 6, 7, 8, 9, 13]) {
      for (const n of [1, 3, 4, 7, 8, 9, 16, 17, 31]) {
        for (const [index, form] of forms.entries()) {
          for (const k of [1, 4, 7]) check({ m, n, k, gap: index % 2, ...form });
        }
      }
    }
  });

  test("products across the borders of blocks", () => {
    for (const form of forms) {
      check({ m: 97, n: 33, k: 385, ...form });
      check({ m: 5, n: 521, k: 67, gap: 3, ...form });
      check({ m: 193, n: 9, k: 11, ...form });
    }
  });

  test("any product", () => {
    const size = fc.integer({ min: 1, max: 70 });
    const shape = fc.record({
      ...{ m: size, n: size, k: size, gap: fc.integer({ min: 0, max: 5 }) },
      ...{ transposeA: fc.boolean(), transposeB: fc.boolean(), start: fc.constantFrom("zero", "add", "bias") },
    });
    fc.assert(
      fc.property(shape, ({ start, ...product }) => {
        check({ ...product, add: start === "add", bias: start === "bias" });
      }),
      { numRuns: 150, seed: 1 },
    );
  });

  test("a row's result depends neither on the number of rows nor on where it stands", () => {
    const [rows, n, k] = [23, 37, 401];
    memory.clear();
    const [a, b, c] = [
      memory.put(seededValues(rows * k, "a")),
      memory.put(seededValues(k * n, "b")),
      memory.take(rows * n),
    ];
    const bias = memory.put(seededValues(n, "bias"));
    const product = (from: number, m: number): Float32Array => {
      memory.kernels.gemm(0, m, n, k, a + 4 * from * k, k, b, n, c, n, bias, memory.work);
      return memory.floats(c, m * n).slice();
    };
    const all = product(0, rows);
    for (const m of [1, 2, 4, 5, 6, 11, 22]) {
      for (const from of [0, rows - m]) {
        expectSameBits(product(from, m), all.subarray(from * n, (from + m) * n), `${m} rows from ${from}`);
      }
    }
  });

  test.runIf(variant === "simd")("the bits are those of float32 sums in order, on every machine", () => {
    const [m, n, k] = [11, 19, 400];
    memory.clear();
    const [a, b, bias] = [seededValues(m * k, "a"), seededValues(k * n, "b"), seededValues(n, "bias")];
    const [pa, pb, pc, pbias] = [memory.put(a), memory.put(b), memory.take(m * n), memory.put(bias)];
    memory.kernels.gemm(0, m, n, k, pa, k, pb, n, pc, n, pbias, memory.work);
    const expected = Float32Array.from({ length: m * n }, (_, i) => {
      const [row, column] = [Math.floor(i / n), i % n];
      let sum = bias[column] as number;
      for (let p = 0; p < k; p++) {
        sum = Math.fround(sum + Math.fround((a[row * k + p] as number) * (b[p * n + column] as number)));
      }
      return sum;
    });
    expectSameBits(memory.floats(pc, m * n), expected);
  });

  test("NaN and infinity reach their rows and columns and no others", () => {
    for (const m of [3, 20]) {
      const [n, k] = [11, 9];
      for (const transposeB of [false, true]) {
        memory.clear();
        const a = seededValues(m * k, "a");
        a[k + 2] = Number.NaN;
        const b = seededValues(n * k, "b");
        b[transposeB ? 4 * k + 1 : n + 4] = Number.POSITIVE_INFINITY;
        const [pa, pb, pc] = [memory.put(a), memory.put(b), memory.take(m * n)];
        const flags = productFlags({ transposeB });
        memory.kernels.gemm(flags, m, n, k, pa, k, pb, transposeB ? k : n, pc, n, 0, memory.work);
        for (const [i, value] of memory.floats(pc, m * n).entries()) {
          const [row, column] = [Math.floor(i / n), i % n];
          if (row === 1) expect(value).toBeNaN();
          else if (column === 4) expect(Math.abs(value)).toBe(Number.POSITIVE_INFINITY);
          else expect(Number.isFinite(value)).toBe(true);
        }
      }
    }
  });
});
