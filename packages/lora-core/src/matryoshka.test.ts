import fc from "fast-check";
import { expect, test } from "vitest";
import { matryoshkaGate } from "./matryoshka.ts";

test("is Σ over ranks R ≥ i of w_R · s(R)", () => {
  const ranks = [1, 2, 4, 8];
  const config = { rank: 8, alpha: 16, scaling: "alpha/b" } as const;
  const sums = [16 + 8 + 4 + 2, 8 + 4 + 2, 4 + 2, 4 + 2, 2, 2, 2, 2];
  expect([...matryoshkaGate(config, ranks, [1, 1, 1, 1])]).toEqual(sums);
  expect([...matryoshkaGate(config, ranks)]).toEqual(sums.map((sum) => sum / 4));
  expect([...matryoshkaGate({ ...config, scaling: "constant" }, [2, 3], [1, 0.5])]).toEqual([24, 24, 8, 0, 0, 0, 0, 0]);
});

test("of one rank is that rank's view, and every gate is the weighted sum of its ranks' views", () => {
  const rank = fc.integer({ min: 1, max: 16 });
  fc.assert(
    fc.property(
      fc.uniqueArray(rank, { minLength: 1 }),
      fc.array(fc.nat(4), { minLength: 16, maxLength: 16 }),
      (ranks, all) => {
        const config = { rank: 16, alpha: 3, scaling: "alpha/sqrt(b)" } as const;
        const weights = ranks.map((_, i) => all[i]!);
        const expected = Array.from({ length: 16 }, (_, i) =>
          ranks.reduce((sum, b, at) => sum + (i < b ? (weights[at]! * 3) / Math.sqrt(b) : 0), 0),
        );
        matryoshkaGate(config, ranks, weights).forEach((value, i) => {
          expect(value).toBeCloseTo(expected[i]!, 4);
        });
      },
    ),
  );
});

test.each([
  [[], undefined],
  [[1, 2], [1]],
  [[0], undefined],
  [[9], undefined],
  [[1.5], undefined],
  [[1], [Number.NaN]],
  [[1], [-1]],
])("ranks %o with weights %o are refused", (ranks, weights) => {
  expect(() => matryoshkaGate({ rank: 8, alpha: 16, scaling: "alpha/b" }, ranks, weights)).toThrow(
    expect.objectContaining({ code: "bad_matryoshka" }),
  );
});
