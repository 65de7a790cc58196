import { expect, test } from "vitest";
import { describeValues, findValues, saysEveryValue } from "../src/page/find-values.ts";
import { latestOnly } from "../src/page/latest-only.ts";
import { runningMean } from "../src/page/running-mean.ts";
import { scaleFromZero, wholeScale } from "../src/page/scale.ts";
import { counted, messageOf } from "../src/page/texts.ts";
import { worthOf } from "../src/page/worth-of.ts";
import { unzipFiles, zipFiles } from "../src/page/zip-files.ts";
import { guessOf } from "../src/worker/guess.ts";
import { inTurn } from "../src/worker/in-turn.ts";
import { problemOf } from "../src/worker/problem-of.ts";

test("an axis of amounts begins at 0 and ends at a mark above all of them", () => {
  for (const highest of [0.0031, 0.7, 1.94, 1.99, 2, 25.3, 900]) {
    const { from, to, ticks } = scaleFromZero([highest / 2, highest, Number.NaN, Number.POSITIVE_INFINITY]);
    expect(from).toBe(0);
    expect(to).toBeGreaterThanOrEqual(highest);
    expect(to).toBeLessThan(1.5 * highest);
    expect(ticks[0]).toBe(0);
    expect(ticks.at(-1)).toBeCloseTo(to, 9);
    expect(ticks.length).toBeGreaterThanOrEqual(4);
  }
  expect(scaleFromZero([])).toEqual({ from: 0, to: 1, ticks: [0, 0.5, 1] });
  expect(wholeScale(1, 8).ticks).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(wholeScale(1, 2).ticks).toEqual([1, 2]);
});

test("a running mean is that of the values there are", () => {
  expect(runningMean([2, 4, 6, 8], 2)).toEqual([2, 3, 5, 7]);
});

test("values of data are looked for in a text", () => {
  const data = "name[The Mill], food[Fast food], familyFriendly[yes], area[riverside]";
  const found = findValues(data, "The Mill serves fast food.");
  expect(found).toEqual({ found: ["The Mill", "Fast food"], missing: ["riverside"] });
  expect(describeValues(found ?? { found: [], missing: [] })).toBe(
    "2 of 3 values of the data stand in the text. Missing: riverside.",
  );
  expect(saysEveryValue(data, "By the riverside, The Mill has fast food.")).toBe(true);
  expect(findValues("just words", "just words")).toBeUndefined();
});

test("guessing is worth the entropy of the classes and the share of the commonest", () => {
  const { loss, accuracy } = guessOf(["a", "a", "a", "b"]);
  expect(loss).toBeCloseTo(-(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25)), 12);
  expect(accuracy).toBe(0.75);
});

test("what diverged is told from what only overfits", () => {
  const guess = { loss: 0.69, accuracy: 0.5 };
  const falling = Array.from({ length: 60 }, (_, step) => 0.7 * Math.exp(-step / 30));
  const rising = falling.map((loss, step) => loss + step / 2);
  const curve = (loss: number, accuracy: number) => ({
    step: 60,
    losses: [loss, loss],
    accuracies: [accuracy, accuracy],
  });
  expect(problemOf(falling, curve(0.3, 0.9), guess)).toBeUndefined();
  expect(problemOf(falling, curve(1.4, 0.8), guess)).toBeUndefined();
  expect(problemOf(falling, curve(3.6, 0.5), guess)).toMatch(
    /loss on the lines held back is 3\.60, and guessing costs 0\.69/,
  );
  expect(problemOf(rising, curve(3.6, 0.5), guess)).toMatch(/^The training diverged: its loss rose from/);
  expect(problemOf([1, 2], curve(Number.NaN, 0), guess)).toMatch(/no number any more/);
  const jumping = falling.map((loss, step) => (step % 7 === 3 && step < 40 ? 4 : loss));
  expect(problemOf(jumping, curve(0.7, 0.5), guess)).toMatch(
    /^The training diverged, and ended no better than guessing/,
  );
  expect(problemOf(falling, curve(0.7, 0.5), guess)).toMatch(/^The adapter is no better than guessing/);
  expect(problemOf(falling.slice(0, 5), curve(0.7, 0.5), guess)).toBeUndefined();
  expect(problemOf([], undefined, undefined)).toBeUndefined();
});

test("texts for people", () => {
  expect([counted(1, "step"), counted(1200, "step"), counted(2, "class", "classes")]).toEqual([
    "1 step",
    "1,200 steps",
    "2 classes",
  ]);
  expect(messageOf(new Error("the rank is wrong"))).toBe("The rank is wrong.");
  expect(messageOf("Is it?")).toBe("Is it?");
  expect(worthOf({ step: 9, losses: [1.5, 1.25], accuracies: [0.6, 0.714] })).toBe(
    "On the held-back lines: 60 % right at rank 1, and 71 % right at rank 2.",
  );
  expect(worthOf({ step: 9, losses: [1.5, 1.25], accuracies: [] })).toBe(
    "On the held-back lines: loss 1.50 at rank 1, and loss 1.25 at rank 2.",
  );
});

test("tasks run in turn, and a failure holds up none; of calls that wait only the last is run", async () => {
  const turn = inTurn();
  const order: string[] = [];
  const slow = turn(async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    order.push("slow");
    throw new Error("failed");
  });
  const quick = turn(async () => void order.push("quick"));
  await expect(slow).rejects.toThrow("failed");
  await quick;
  expect(order).toEqual(["slow", "quick"]);

  const ran: number[] = [];
  const latest = latestOnly(async (value: number) => {
    await Promise.resolve();
    ran.push(value);
  });
  await Promise.all([latest(1), latest(2), latest(3)]);
  expect(ran).toEqual([1, 3]);
});

test("zips are read as people make them: of the files, or of their folder", () => {
  const files = new Map([["adapter_config.json", new Uint8Array([1, 2])]]);
  expect(unzipFiles(zipFiles(files))).toEqual(files);
  expect(unzipFiles(zipFiles(new Map([["mine/adapter_config.json", new Uint8Array([1, 2])]])))).toEqual(files);
  expect(() => unzipFiles(new TextEncoder().encode("no zip"))).toThrow("It is no zip file, or a broken one.");
});
