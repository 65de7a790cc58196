import { DyloraError } from "@dylora/errors";
import fc from "fast-check";
import { expect, test } from "vitest";
import { makeComparison, makeCurve, makePoint, makeSweep } from "./fixtures/sweeps.ts";
import { formatSweepFile, parseSweepFile } from "./parse-sweep-file.ts";

function failure(text: string): DyloraError {
  try {
    parseSweepFile(text, "runs/mine/sweep.json");
  } catch (error) {
    if (DyloraError.isInstance(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** The text of a good sweep with one member replaced. */
function withMember(path: readonly (string | number)[], value: unknown): string {
  const sweep = JSON.parse(formatSweepFile(makeSweep()));
  const target = path.slice(0, -1).reduce((at, key) => at[key], sweep);
  target[path.at(-1)!] = value;
  return JSON.stringify(sweep);
}

test("what is written is read back", () => {
  for (const sweep of [makeSweep(), makeComparison()]) {
    expect(parseSweepFile(formatSweepFile(sweep), "sweep.json")).toEqual(sweep);
  }
});

test("an undefined score is null in the file, whether it was NaN or null, and absent members are left out", () => {
  const points = [
    makePoint(1, Number.NaN, { low: Number.NaN, high: Number.NaN }),
    makePoint(2, null, { loss: undefined }),
  ];
  const curves = [{ ...makeCurve("DyLoRA", "dylora", [0]), points }];
  const text = formatSweepFile(makeSweep({ curves, recommendation: undefined, cost: undefined }));
  const read = parseSweepFile(text, "sweep.json");
  expect(read.curves[0]?.points.map(({ metric }) => metric)).toEqual([null, null]);
  expect(read.curves[0]?.points[0]?.low).toBeNull();
  expect(read.curves[0]?.points[1]).not.toHaveProperty("loss");
  expect(read).not.toHaveProperty("recommendation");
});

test("members that a newer dylora adds are dropped, a newer version is refused", () => {
  expect(parseSweepFile(withMember(["mood"], "good"), "sweep.json")).toEqual(makeSweep());
  const error = failure(withMember(["version"], 2));
  expect(error.code).toBe("unknown_sweep_version");
  expect(error.message).toContain("runs/mine/sweep.json has format version 2");
});

test.each<[string, readonly (string | number)[], unknown]>([
  ["curves[0].points[2].rank", ["curves", 0, "points", 2, "rank"], 0],
  ["curves[0].points[2].rank", ["curves", 0, "points", 2, "rank"], 2.5],
  ["curves[0].points: ranks must rise", ["curves", 0, "points", 2, "rank"], 1],
  ["curves[0].points[1]: low must not be above high", ["curves", 0, "points", 1, "low"], 2],
  ["curves[0].points", ["curves", 0, "points"], []],
  ["curves", ["curves"], []],
  ["curves: curve names must differ", ["curves"], [makeCurve("a", "lora", [1]), makeCurve("a", "lora", [1])]],
  ["recommendation.rank: must be a rank of the first curve", ["recommendation", "rank"], 9],
  ["training: step, loss and rank must be of one length", ["training", "loss"], [0.1]],
  ["task.metric.higherIsBetter", ["task", "metric", "higherIsBetter"], "yes"],
  ["confidence", ["confidence"], 95],
  ["created", ["created"], "yesterday"],
  ["format", ["format"], "dylora-run"],
])("names the member at fault: %s", (message, path, value) => {
  const error = failure(withMember(path, value));
  expect(error.code).toBe("bad_sweep_file");
  expect(error.message).toContain("runs/mine/sweep.json is not a sweep of dylora: ");
  expect(error.message).toContain(message);
});

test("text that is not JSON, and JSON that is no object", () => {
  expect(failure("{").code).toBe("not_json");
  for (const text of ["null", "[]", "3", '"sweep"']) expect(failure(text).code).toBe("bad_sweep_file");
});

test("a sweep that could not be read is not written", () => {
  expect(() => formatSweepFile(makeSweep({ curves: [] }))).toThrow(
    /the sweep to write is not a sweep of dylora: curves/,
  );
});

test("no JSON makes the reader fail otherwise than with its own error", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(failure(text)).toMatchObject({ name: "FormatError" });
    }),
  );
});
