import { attentionRows, dropoutMask } from "@dylora/tensor";
import { expectAllClose, expectSameBits, reference, seededValues } from "@dylora/test-kit";
import { beforeAll, describe, expect, test } from "vitest";
import { GuardedMemory } from "./fixtures/guarded-memory.ts";
import { kernelVariants } from "./fixtures/kernel-variants.ts";
import { dropoutArguments } from "./kernel-context.ts";

let memory: GuardedMemory;
let kernels: GuardedMemory["kernels"];

interface Shape {
  readonly batch: number;
  readonly length: number;
  readonly heads: number;
  readonly size: number;
  readonly causal?: boolean;
  /** Tokens at the end of the last example that are padding. */
  readonly padded?: number;
  readonly dropout?: number;
}

/** Both passes of the kernels, and the reference in float64 as a function of the packed input. */
function run({ batch, length, heads, size, causal = false, padded = 0, dropout = 0 }: Shape) {
  memory.clear();
  const hidden = heads * size;
  const rows = batch * length;
  const dropoutKey = { key: 99, probability: dropout, firstExample: 2 };
  const qkv = seededValues(rows * 3 * hidden, "qkv", 2);
  const dy = seededValues(rows * hidden, "dy");
  const visible = Array.from({ length: rows }, (_, i) => i < rows - padded);
  const mask = padded === 0 ? 0 : memory.put(visible.map((seen) => (seen ? 0 : -1e9)));
  const { key, firstExample, limit, keep } = dropoutArguments(dropoutKey) ?? {
    key: 0,
    firstExample: 0,
    limit: 0,
    keep: 1,
  };
  const [at, y, d, dqkv] = [memory.put(qkv), memory.take(rows * hidden), memory.put(dy), memory.take(qkv.length)];
  const scratch = memory.take(kernels.attentionScratchBytes(length) / 4);
  const flag = causal ? 1 : 0;
  const forward = () =>
    kernels.attention(
      ...([batch, length, heads, size, at, mask, flag, key, firstExample, limit, keep] as const),
      ...([y, scratch, memory.work] as const),
    );
  const backward = () =>
    kernels.attentionGradient(
      ...([batch, length, heads, size, d, at, mask, flag, key, firstExample, limit, keep] as const),
      ...([dqkv, scratch, memory.work] as const),
    );
  const rowsOfMask = attentionRows(heads, length);
  const options = {
    ...{ batch, length, heads, causal, visible },
    ...(dropout > 0 ? { dropout: dropoutMask(dropoutKey, batch, rowsOfMask, length) } : {}),
  };
  const expected = (values: ArrayLike<number>) => {
    const packed = reference.matrix(rows, 3 * hidden, values);
    const [q, k, v] = [0, 1, 2].map((part) => reference.columns(packed, part * hidden, (part + 1) * hidden)) as [
      reference.Matrix,
      reference.Matrix,
      reference.Matrix,
    ];
    return reference.attention(q, k, v, options).values;
  };
  return {
    qkv,
    dy,
    expected,
    forward: () => {
      forward();
      return memory.floats(y, rows * hidden).slice();
    },
    backward: () => {
      backward();
      return memory.floats(dqkv, qkv.length).slice();
    },
  };
}

function check(shape: Shape): void {
  const { qkv, dy, expected, forward, backward } = run(shape);
  const y = forward();
  expectAllClose(y, expected(qkv), { tolerance: 3e-6, what: JSON.stringify(shape) });
  const gradient = backward();
  for (const name of ["first", "second"]) {
    const direction = seededValues(qkv.length, name);
    const along = (step: number) =>
      expected(qkv.map((value, i) => value + step * (direction[i] as number))).reduce(
        (sum, value, i) => sum + value * (dy[i] as number),
        0,
      );
    const step = 2 ** -9;
    const slope = (along(step) - along(-step)) / (2 * step);
    const product = gradient.reduce((sum, value, i) => sum + value * (direction[i] as number), 0);
    const size = Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0));
    expect(Math.abs(product - slope), JSON.stringify(shape)).toBeLessThan(1e-3 * (size + 0.1));
  }
  expectSameBits(forward(), y, "forward again");
  expectSameBits(backward(), gradient, "gradient again");
  expect(memory.damage(), JSON.stringify(shape)).toEqual([]);
}

describe.each(kernelVariants)("%s", (variant) => {
  beforeAll(async () => {
    memory = await GuardedMemory.create(8, variant);
    kernels = memory.kernels;
  });

  test("every length and head size around the vectors, the tiles and the blocks", () => {
    for (const length of [1, 2, 3, 5, 8, 13, 97]) {
      for (const size of [1, 3, 8]) check({ batch: 2, length, heads: 2, size });
    }
  });

  test("causal, padded, with dropout, in every combination, in one block of queries and in three", () => {
    for (const length of [7, 195]) {
      for (const causal of [false, true]) {
        for (const padded of [0, 5]) {
          for (const dropout of [0, 0.3]) {
            check({ batch: length > 96 ? 1 : 3, length, heads: 2, size: 5, causal, padded, dropout });
          }
        }
      }
    }
  });

  test("a NaN reaches its own example and no other", () => {
    const { forward } = run({ batch: 2, length: 5, heads: 1, size: 4 });
    expect(forward().every(Number.isFinite)).toBe(true);
    memory.clear();
    const qkv = seededValues(2 * 5 * 12, "qkv");
    qkv[5 * 12 + 4] = Number.NaN; // a key of the second example
    const [at, y] = [memory.put(qkv), memory.take(2 * 5 * 4)];
    const scratch = memory.take(kernels.attentionScratchBytes(5) / 4);
    kernels.attention(2, 5, 1, 4, at, 0, 0, 0, 0, 0, 1, y, scratch, memory.work);
    const values = memory.floats(y, 40);
    expect(values.subarray(0, 20).every(Number.isFinite)).toBe(true);
    expect(values.subarray(20).every(Number.isNaN)).toBe(true);
  });
});
