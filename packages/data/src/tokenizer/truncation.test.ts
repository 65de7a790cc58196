import fc from "fast-check";
import { expect, test } from "vitest";
import { truncatePair } from "./truncation.ts";

const lengths = fc.tuple(fc.nat(60), fc.nat(60));
const rooms = fc.nat(80);

/** Transformers' slow Python tokenizers: one token at a time off the longer text, off the second one on a tie. */
function slowly([first, second]: readonly [number, number], room: number): [number, number] {
  let kept: [number, number] = [first, second];
  while (kept[0] + kept[1] > room) kept = kept[0] > kept[1] ? [kept[0] - 1, kept[1]] : [kept[0], kept[1] - 1];
  return kept;
}

test("longest_first fills the room exactly and differs from one-at-a-time by one token at most", () => {
  fc.assert(
    fc.property(lengths, rooms, (pair, room) => {
      const kept = truncatePair(pair, room, "longest_first");
      const slow = slowly(pair, room);
      expect(kept[0] + kept[1]).toBe(Math.min(room, pair[0] + pair[1]));
      expect(kept[0] <= pair[0] && kept[1] <= pair[1]).toBe(true);
      expect(Math.abs(kept[0] - slow[0])).toBeLessThanOrEqual(1);
      if (pair[0] > pair[1] || room % 2 === 0) expect(kept).toEqual(slow);
    }),
  );
});

test("only_first and only_second leave the other text whole, or refuse", () => {
  fc.assert(
    fc.property(
      lengths,
      rooms.filter((room) => room > 0),
      (pair, room) => {
        const excess = pair[0] + pair[1] - room;
        const [first, second] = pair;
        if (excess <= 0) expect(truncatePair(pair, room, "only_first")).toEqual(pair);
        else if (first > excess) expect(truncatePair(pair, room, "only_first")).toEqual([first - excess, second]);
        else
          expect(() => truncatePair(pair, room, "only_first")).toThrow(
            `the first text has ${first} tokens and ${excess} must go`,
          );
        const [b, a] = orNone(() => truncatePair([second, first], room, "only_second"));
        expect([a, b]).toEqual(orNone(() => truncatePair(pair, room, "only_first")));
      },
    ),
  );
});

function orNone(cut: () => readonly [number, number]): readonly (number | undefined)[] {
  try {
    return cut();
  } catch {
    return [undefined, undefined];
  }
}
