import { expect, test } from "vitest";
import { fillNormal, fillUniform } from "./initialise.ts";

test.each([
  ["uniform", fillUniform],
  ["normal", fillNormal],
])("%s: a shorter array is a prefix of a longer one, and seeds differ", (_, fill) => {
  const make = (length: number, seed: number) => {
    const values = new Float32Array(length);
    fill(values, 0.5, seed);
    return values;
  };
  expect(make(7, 3)).toEqual(make(20, 3).subarray(0, 7));
  expect(make(20, 4)).not.toEqual(make(20, 3));
  expect(make(20, -4)).toEqual(make(20, -4));
});

test("normal numbers have the moments of N(0, σ²)", () => {
  const values = new Float32Array(100_000);
  fillNormal(values, 0.02, 1);
  const moment = (power: number) => values.reduce((sum, value) => sum + (value / 0.02) ** power, 0) / values.length;
  // Standard errors: √(1/n), √(2/n), √(15/n), √(96/n).
  const within = (variance: number) => 4 * Math.sqrt(variance / values.length);
  expect(Math.abs(moment(1))).toBeLessThan(within(1));
  expect(Math.abs(moment(2) - 1)).toBeLessThan(within(2));
  expect(Math.abs(moment(3))).toBeLessThan(within(15));
  expect(Math.abs(moment(4) - 3)).toBeLessThan(within(96));
});
