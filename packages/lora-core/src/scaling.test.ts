import { expect, test } from "vitest";
import { scaleAt, scalingPolicies } from "./scaling.ts";

test("the named policies", () => {
  expect(scalingPolicies.map((policy) => scaleAt(policy, 4, 16))).toEqual([4, 8, 16]);
  expect(scalingPolicies.map((policy) => scaleAt(policy, 1, 16))).toEqual([16, 16, 16]);
});

test("a function of rank and alpha", () => {
  expect(scaleAt((rank, alpha) => alpha + rank, 3, 10)).toBe(13);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, 0, -1])("a function that gives %d is refused", (scale) => {
  expect(() => scaleAt(() => scale, 3, 10)).toThrow(
    expect.objectContaining({ code: "bad_scaling", message: expect.stringContaining(`${scale} at rank 3`) }),
  );
});
