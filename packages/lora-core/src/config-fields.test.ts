import { expect, test } from "vitest";
import { type ConfigFields, configFields } from "./index.ts";

test("fields are read; those that are missing or null take the fallback", () => {
  const { whole, number, choice, flag } = configFields({ size: 8, rate: 0.5, act: "gelu", tied: false, none: null });
  expect([whole("size"), whole("none", 3), whole("other", 0, { min: 0 })]).toEqual([8, 3, 0]);
  expect([number("rate", 1), number("none", 0.1, 1)]).toEqual([0.5, 0.1]);
  expect([choice("act", ["relu", "gelu"]), choice("none", ["relu"], "relu")]).toEqual(["gelu", "relu"]);
  expect([flag("tied", true), flag("none", true)]).toEqual([false, true]);
  expect(configFields("no object").whole("size", 2)).toBe(2);
});

test.each<[string, (fields: ConfigFields) => unknown]>([
  ["size is missing; it must be a whole number of at least 1", ({ whole }) => whole("size")],
  ['text is "8"; it must be a whole number of at least 1', ({ whole }) => whole("text")],
  ["big is 3000000000; it must be at most 2147483647", ({ whole }) => whole("big")],
  ["one is 1; it must be a number from 0, below 1", ({ number }) => number("one", 0, 1)],
  ["less is -1; it must be a number of at least 0", ({ number }) => number("less", 0)],
  ['text is "8"; it must be one of relu, gelu', ({ choice }) => choice("text", ["relu", "gelu"])],
  ["one is 1; it must be true or false", ({ flag }) => flag("one", true)],
])("%s", (message, read) => {
  const fields = configFields({ text: "8", big: 3e9, one: 1, less: -1 });
  expect(() => read(fields)).toThrow(
    expect.objectContaining({ code: "bad_model_config", message: `config.json: ${message}` }),
  );
});
