import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Adapter, createAdapter } from "./adapter.ts";
import type { AdaptableSite } from "./site.ts";
import { keepRanges, newestRow, type ParameterRange, rowRanges } from "./update-mode.ts";

const site = (path: string, inFeatures: number, outFeatures: number): AdaptableSite => {
  return { path, inFeatures, outFeatures, layout: "out-in" };
};
const head = [{ name: "head", shape: [7], values: new Float32Array(7), fresh: true }];
const adapterOf = (rank: number, rankPattern: Record<string, number> = {}): Adapter =>
  createAdapter(
    { sites: [site("query", 3, 4), site("value", 5, 2)], defaultTargets: ["query", "value"], head },
    {
      rank,
      rankPattern,
    },
  );

/** For each flat number the rank row it belongs to; 0 for the head. */
function rowOfEach({ parameters }: Adapter): number[] {
  return parameters.entries.flatMap(({ size, shape, kind }) =>
    Array.from({ length: size }, (_, i) => (kind === "full" ? 0 : 1 + Math.floor(i / shape[1]!))),
  );
}
const covered = (ranges: readonly ParameterRange[], index: number) =>
  ranges.filter(({ start, end }) => start <= index && index < end).length;

describe("rowRanges", () => {
  const rank = fc.integer({ min: 1, max: 9 });
  test("cover the rows asked for and the head, each once, and nothing else", () => {
    fc.assert(
      fc.property(rank, rank, rank, rank, (r, own, one, other) => {
        const adapter = adapterOf(r, { value: own });
        const [from, to] = [one, other].map((row) => Math.min(row, adapter.maxRank)).sort((a, b) => a - b);
        const ranges = rowRanges(adapter, from!, to!);
        for (const [index, row] of rowOfEach(adapter).entries()) {
          const wanted = row === 0 || (row >= from! && row <= to!);
          expect(covered(ranges, index)).toBe(wanted ? 1 : 0);
        }
        expect(ranges.every(({ start }, i) => start >= (ranges[i - 1]?.end ?? 0))).toBe(true);
      }),
    );
  });

  test("below the first row there is the head alone", () => {
    const adapter = adapterOf(4);
    const { offset } = adapter.parameters.entry("head");
    expect(rowRanges(adapter, 3, 2)).toEqual([{ start: offset, end: offset + 7 }]);
  });

  test.each([
    [0, 2],
    [1, 5],
    [1.5, 2],
    [6, 4],
  ])("rows %d to %d of 4 are refused", (from, to) => {
    expect(() => rowRanges(adapterOf(4), from, to)).toThrow(expect.objectContaining({ code: "rank_out_of_range" }));
  });
});

describe("keepRanges", () => {
  test("zeroes everything outside, whatever the order and overlap of the ranges", () => {
    const length = 20;
    const range = fc
      .tuple(fc.nat(length), fc.nat(length))
      .map(([a, b]): ParameterRange => ({ start: Math.min(a, b), end: Math.max(a, b) }));
    fc.assert(
      fc.property(fc.array(range, { maxLength: 5 }), (ranges) => {
        const gradients = Float32Array.from({ length }, (_, i) => i + 1);
        keepRanges(gradients, ranges);
        gradients.forEach((value, i) => {
          expect(value).toBe(covered(ranges, i) > 0 ? i + 1 : 0);
        });
      }),
    );
  });

  test("with the newest rows leaves the gradient of the frozen update", () => {
    const adapter = adapterOf(4);
    const gradients = new Float32Array(adapter.parameters.values.length).fill(1);
    keepRanges(gradients, rowRanges(adapter, newestRow([1, 2, 4], 4), 4));
    expect([...gradients]).toEqual(rowOfEach(adapter).map((row) => (row === 0 || row >= 3 ? 1 : 0)));
  });
});

describe("newestRow", () => {
  test("of consecutive ranks is the rank itself", () => {
    for (let rank = 1; rank <= 8; rank++) expect(newestRow([1, 2, 3, 4, 5, 6, 7, 8], rank)).toBe(rank);
  });

  test("the blocks from newest row to rank share the rows among the trainable ranks, each row once", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (ranks) => {
        const rows = ranks.flatMap((rank) => {
          const first = newestRow(ranks, rank);
          return Array.from({ length: rank - first + 1 }, (_, i) => first + i);
        });
        const highest = Math.max(...ranks);
        expect(rows.sort((a, b) => a - b)).toEqual(Array.from({ length: highest }, (_, i) => i + 1));
      }),
    );
  });
});
