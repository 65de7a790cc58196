import { expect, test } from "vitest";
import { studentT } from "./student-t.ts";

// scipy.stats.t.ppf((1 + confidence) / 2, freedom)
test.each([
  [0.95, 1, 12.706204736432095],
  [0.95, 2, 4.302652729696142],
  [0.95, 3, 3.182446305284263],
  [0.95, 4, 2.7764451051977987],
  [0.99, 5, 4.032142983557536],
  [0.9, 9, 1.8331129326536333],
  [0.95, 30, 2.0422724563012373],
])("within %f, %i degrees of freedom: %f", (confidence, freedom, expected) => {
  expect(studentT(confidence, freedom)).toBeCloseTo(expected, 9);
});
