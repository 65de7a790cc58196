import { loadGolden } from "@dylora/golden-suite";
import { expectAllClose, seededValues } from "@dylora/test-kit";
import { describe, expect, test } from "vitest";
import { driveDecoder } from "./fixtures/drive-decoder.ts";
import { sampling } from "./index.ts";
import { nextTokenWeights } from "./next-token-distribution.ts";

const golden = await loadGolden("gpt2-tiny");
const logits = golden.floats("base.logits").slice(10 * 99, 11 * 99); // [0, -1]
interface WarpCase {
  readonly args: { readonly temperature?: number; readonly top_k?: number; readonly top_p?: number };
  readonly tokens: readonly number[];
  readonly probabilities: readonly number[];
}
const { cases } = golden.meta["sampling"] as { readonly cases: readonly WarpCase[] };
const settingsOf = ({ args }: WarpCase) => ({
  ...(args.temperature === undefined ? {} : { temperature: args.temperature }),
  ...(args.top_k === undefined ? {} : { topK: args.top_k }),
  ...(args.top_p === undefined ? {} : { topP: args.top_p }),
});

describe.each(cases.map((one) => [JSON.stringify(one.args), one] as const))("%s", (_, one) => {
  test("the distribution is transformers'", () => {
    const { weights, total } = nextTokenWeights(logits.slice(), settingsOf(one));
    const kept = [...weights.keys()].filter((id) => (weights[id] ?? 0) > 0);
    expect(kept).toEqual(one.tokens);
    expectAllClose(
      kept.map((id) => (weights[id] ?? 0) / total),
      one.probabilities,
      { tolerance: 1e-6 },
    );
  });

  test("draws follow it (chi-squared)", () => {
    const draws = 4000;
    const decoding = sampling({ ...settingsOf(one), seed: 11, numReturnSequences: draws });
    const texts = driveDecoder(decoding, [[1, 2]], { vocabSize: 99, maxNewTokens: 1 }, () => logits);
    const counts = new Map<number, number>();
    for (const { tokens } of texts) counts.set(tokens[0] ?? -1, (counts.get(tokens[0] ?? -1) ?? 0) + 1);
    expect([...counts.keys()].every((token) => one.tokens.includes(token))).toBe(true);
    // Rare tokens together, so that every cell is large enough.
    let statistic = 0;
    let cells = 0;
    let [restWanted, restFound] = [0, 0];
    one.tokens.forEach((token, at) => {
      const wanted = (one.probabilities[at] ?? 0) * draws;
      const found = counts.get(token) ?? 0;
      if (wanted < 8) [restWanted, restFound] = [restWanted + wanted, restFound + found];
      else {
        statistic += (found - wanted) ** 2 / wanted;
        cells++;
      }
    });
    if (restWanted >= 1) statistic += (restFound - restWanted) ** 2 / restWanted;
    // Mean cells, standard deviation √(2 cells): five of these.
    expect(statistic).toBeLessThan(cells + 1 + 5 * Math.sqrt(2 * (cells + 1)));
  });
});

test("a seed gives the same texts again, another one others; samples and repeats differ", () => {
  const task = { vocabSize: 99, maxNewTokens: 12 };
  const texts = (seed: number, samples = 1) =>
    driveDecoder(sampling({ seed, numReturnSequences: samples }), [[5, 6]], task, () => logits).map(({ tokens }) =>
      tokens.join(),
    );
  expect(texts(1)).toEqual(texts(1));
  expect(texts(1)).not.toEqual(texts(2));
  expect(new Set(texts(1, 20)).size).toBe(20);
  expect(texts(1, 20)[0]).toBe(texts(1)[0]);
});

test("nothing left to draw ends a text; no numbers are an error", () => {
  const none = () => new Float32Array(99).fill(Number.NEGATIVE_INFINITY);
  const [text] = driveDecoder(sampling({ topK: 5, topP: 0.5 }), [[1]], { vocabSize: 99, maxNewTokens: 3 }, none);
  expect(text).toMatchObject({ tokens: [], finishReason: "no-choice" });
  const broken = () => new Float32Array(99).fill(Number.NaN);
  for (const samples of [1, 2]) {
    expect(() =>
      driveDecoder(sampling({ numReturnSequences: samples }), [[1]], { vocabSize: 99, maxNewTokens: 3 }, broken),
    ).toThrow(expect.objectContaining({ code: "not_finite" }));
  }
});

test.each([
  [{ temperature: 0 }, /temperature is 0; it must be a number above 0/],
  [{ temperature: -1 }, /temperature is -1/],
  [{ temperature: Number.NaN }, /temperature is NaN/],
  [{ topP: 0 }, /topP is 0; it must be a number in \(0, 1\]/],
  [{ topP: 1.1 }, /topP is 1.1/],
  [{ topK: 0 }, /topK is 0/],
  [{ seed: 0.5 }, /seed is 0.5/],
  [{ numReturnSequences: 0 }, /numReturnSequences is 0/],
])("%o is refused", (options, message) => {
  expect(() => sampling(options)).toThrow(message);
});

test("the nucleus is the fewest likeliest tokens that have the probability, in flat and sharp distributions", () => {
  for (const sharpness of [0, 0.5, 3]) {
    const scores = seededValues(3000, `nucleus ${sharpness}`, sharpness);
    for (const topP of [0.001, 0.5, 0.99]) {
      const { weights, total } = nextTokenWeights(scores.slice(), { topP });
      const all = nextTokenWeights(scores.slice(), {});
      const kept = [...weights.keys()].filter((id) => (weights[id] ?? 0) > 0);
      const least = Math.min(...kept.map((id) => scores[id] ?? 0));
      const mass = total / all.total; // both in units of the likeliest token
      const ofLeast = kept.filter((id) => scores[id] === least).reduce((sum, id) => sum + (all.weights[id] ?? 0), 0);
      expect(mass).toBeGreaterThanOrEqual(topP - 1e-9);
      expect(mass - ofLeast / all.total).toBeLessThan(topP);
      expect(scores.filter((score) => score >= least).length).toBe(kept.length);
    }
  }
});
