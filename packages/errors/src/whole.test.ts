import fc from "fast-check";
import { expect, test } from "vitest";
import { type ConfigError, checkWhole, isWhole, type wholeNumber } from "./index.ts";

test("whole numbers within bounds are whole, and nothing else is", () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), fc.maxSafeInteger(), (value, min, max) => {
      expect(isWhole(value)).toBe(true);
      expect(isWhole(value, { min, max })).toBe(min <= value && value <= max);
    }),
  );
  for (const value of [0.5, Number.NaN, Infinity, 2 ** 53, "1", 1n, null, undefined])
    expect(isWhole(value)).toBe(false);
});

test("a refusal names the setting, its value and what would be right", () => {
  const refused = (value: unknown, bounds: Parameters<typeof wholeNumber>[0]) => {
    try {
      checkWhole("bad_size", "size", value, bounds);
    } catch (error) {
      return error as ConfigError;
    }
    return undefined;
  };
  expect(refused(0, { min: 1 })).toMatchObject({
    name: "ConfigError",
    code: "bad_size",
    message: "size is 0; it must be a whole number of at least 1",
    details: { size: 0 },
  });
  expect(refused("3", {})?.message).toBe('size is "3"; it must be a whole number');
  expect(refused("7\u001b[2J".repeat(99), {})?.message).not.toContain("\u001b");
  expect(refused(null, {})?.message).toBe("size is null; it must be a whole number");
  expect(refused(9, { min: 1, max: 8 })?.message).toBe("size is 9; it must be a whole number from 1 to 8");
  expect(refused(9, { max: 8 })?.message).toBe("size is 9; it must be a whole number of at most 8");
  expect(refused(8, { min: 1, max: 8 })).toBeUndefined();
});
