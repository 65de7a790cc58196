import { expectAllClose, seededValues } from "@dylora/test-kit";
import { describe, expect, test } from "vitest";
import { driveDecoder } from "./fixtures/drive-decoder.ts";
import { beamSearch, greedy } from "./index.ts";

const vocabSize = 3;
const end = 0;
const ruledOut = () => new Float32Array(vocabSize).fill(Number.NEGATIVE_INFINITY);

/** Logits that look random and depend on every token. */
const logitsFor = (name: string) => (ids: readonly number[]) => seededValues(vocabSize, `${name}/${ids}`, 3);

/** Every text that ends with the end token or has the largest length, with its summed log-probability. */
function everyText(logitsOf: (ids: readonly number[]) => Float32Array, longest: number) {
  const texts: { tokens: number[]; sum: number }[] = [];
  const grow = (tokens: number[], sum: number): void => {
    if (tokens.length === longest || tokens.at(-1) === end) {
      texts.push({ tokens, sum });
      return;
    }
    const logits = logitsOf([7, ...tokens]);
    const total = Math.log(logits.reduce((all, value) => all + Math.exp(value), 0));
    logits.forEach((value, token) => {
      grow([...tokens, token], sum + value - total);
    });
  };
  grow([], 0);
  return texts;
}

describe("with beams enough for every text", () => {
  test.each([-1.5, 0, 0.8, 1, 2])("length penalty %d: the best texts of all, in order", (lengthPenalty) => {
    for (const name of ["a", "b", "c", "d"]) {
      const logitsOf = logitsFor(name);
      const ranked = everyText(logitsOf, 4)
        .map(({ tokens, sum }) => ({ tokens, score: sum / tokens.length ** lengthPenalty }))
        .sort((a, b) => b.score - a.score)
        .slice(0, 5);
      const decoding = beamSearch({ numBeams: 81, lengthPenalty, earlyStopping: "never", numReturnSequences: 5 });
      const found = driveDecoder(decoding, [[7]], { vocabSize, maxNewTokens: 4, eosTokenIds: [end] }, logitsOf);
      expect(found.map(({ tokens }) => tokens)).toEqual(ranked.map(({ tokens }) => tokens));
      expectAllClose(
        found.map(({ score }) => score ?? Number.NaN),
        ranked.map(({ score }) => score),
        { tolerance: 1e-5 },
      );
      expect(found.map(({ sample }) => sample)).toEqual([0, 1, 2, 3, 4]);
    }
  });
});

test("prompts search apart: a batch gives what each gives alone", () => {
  const prompts = [[7], [1, 2], [8, 8, 8]];
  const task = { vocabSize, maxNewTokens: 6, eosTokenIds: [end] };
  for (const earlyStopping of [true, false, "never"] as const) {
    const decoding = beamSearch({ numBeams: 3, earlyStopping, numReturnSequences: 2 });
    const together = driveDecoder(decoding, prompts, task, logitsFor("batch"));
    const apart = prompts.flatMap((prompt) => driveDecoder(decoding, [prompt], task, logitsFor("batch")));
    const key = ({ prompt, tokens, score }: (typeof apart)[number]) => `${prompt.ids}: ${tokens} ${score}`;
    expect(together.map(key).sort()).toEqual(apart.map(key).sort());
  }
});

test("one beam is greedy search", () => {
  const task = { vocabSize, maxNewTokens: 8, eosTokenIds: [end] };
  const one = driveDecoder(beamSearch({ numBeams: 1 }), [[7]], task, logitsFor("one"));
  expect(one).toEqual(driveDecoder(greedy(), [[7]], task, logitsFor("one")));
});

describe("when tokens are ruled out", () => {
  test("fewer texts than beams go on, and none is made up", () => {
    const only = (ids: readonly number[]) => Object.assign(ruledOut(), ids.length === 1 ? { 1: 0 } : { 1: 0, 2: 0 });
    const found = driveDecoder(
      beamSearch({ numBeams: 4, numReturnSequences: 4 }),
      [[7]],
      { vocabSize, maxNewTokens: 2 },
      only,
    );
    expect(found.map(({ tokens }) => tokens)).toEqual([
      [1, 1],
      [1, 2],
    ]);
  });

  test("a search ends where nothing can follow, with what it has", () => {
    const process = (scores: Float32Array, { ids }: { readonly ids: readonly number[] }) => {
      if (ids.length === 3) scores.fill(Number.NEGATIVE_INFINITY);
    };
    const task = { vocabSize, maxNewTokens: 5, process };
    const found = driveDecoder(beamSearch({ numBeams: 2 }), [[7]], task, logitsFor("stuck"));
    expect(found).toMatchObject([{ finishReason: "no-choice", tokens: { length: 2 } }]);
  });
});

test("logits that are no numbers are an error, not a text", () => {
  for (const decoding of [beamSearch({ numBeams: 2 }), greedy()]) {
    expect(() =>
      driveDecoder(decoding, [[7]], { vocabSize, maxNewTokens: 3 }, () =>
        [Number.NaN, 0, Number.NaN].map(() => Number.NaN),
      ),
    ).toThrow(expect.objectContaining({ code: "not_finite" }));
  }
});

test.each([
  [{ numBeams: 0 }, /numBeams is 0/],
  [{ numBeams: 1.5 }, /numBeams is 1.5/],
  [{ numBeams: 2, numReturnSequences: 3 }, /numReturnSequences is 3; it must be a whole number from 1 to 2/],
  [{ numBeams: 2, numReturnSequences: 0 }, /numReturnSequences is 0/],
  [{ numBeams: 2, lengthPenalty: Number.NaN }, /lengthPenalty is NaN/],
  [{ numBeams: 2, earlyStopping: "always" as "never" }, /earlyStopping is always/],
])("%o is refused", (options, message) => {
  expect(() => beamSearch(options)).toThrow(message);
});
