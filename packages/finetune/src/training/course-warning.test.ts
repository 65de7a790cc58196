import { expect, test } from "vitest";
import { courseWarning } from "./course-warning.ts";

const two = { kind: "classification", labels: ["down", "up"] } as const;
const course = (verdict: "fell" | "flat" | "diverged" | "unknown", start: number, end: number) => ({
  verdict,
  start,
  end,
  window: 20,
});

test.each([
  ["a loss that rose", course("diverged", 0.69, 3), two, /^the training diverged: its loss rose from 0.690 to 3.00/],
  ["one that fell from a height to guessing", course("fell", 4, 0.79), two, /no better than guessing/],
  ["one that stayed at guessing", course("flat", 0.69, 0.69), two, /hardly fell.*guessing costs 0.693/],
  ["a text model's that stayed", course("flat", 3, 3), { kind: "generation", labels: [] } as const, /hardly fell/],
])("%s is warned of, with what to do", (_, given, task, said) => {
  expect(courseWarning(given, task)).toMatch(said);
  expect(courseWarning(given, task)).toContain("'lr'");
});

test.each([
  ["a loss that fell", course("fell", 0.69, 0.2)],
  ["one of a model that was good before", course("flat", 0.05, 0.05)],
  ["one of too few steps", course("unknown", 0.69, 0.69)],
])("%s is not", (_, given) => {
  expect(courseWarning(given, two)).toBeUndefined();
});
