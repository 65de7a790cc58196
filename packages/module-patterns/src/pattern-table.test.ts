import fc from "fast-check";
import { describe, expect, test } from "vitest";
import golden from "./fixtures/peft-patterns.json" with { type: "json" };
import { patternTable } from "./pattern-table.ts";
import { type ModuleSelection, selectedModules } from "./selected-modules.ts";

const { paths } = golden;

describe("a key means what it means to PEFT", () => {
  test.each(golden.keys)("$key", ({ key, paths: expected }) => {
    const lookUp = patternTable({ [key]: 7 });
    expect(paths.filter((path) => lookUp(path) === 7)).toEqual(expected);
  });
});

describe("a selection means what it means to PEFT", () => {
  test.each(golden.selections)("$selection", ({ selection, paths: expected }) => {
    const isSelected = selectedModules(selection as unknown as ModuleSelection);
    expect(paths.filter(isSelected)).toEqual(expected);
  });
});

test("the first key that matches counts", () => {
  const lookUp = patternTable({ "layer\\.0\\..*": 1, query: 2, "^layer.1.query": 3 });
  expect(["layer.0.query", "layer.1.query", "layer.1.key"].map(lookUp)).toEqual([1, 2, undefined]);
});

test("plain keys mean what the expression would", () => {
  const part = fc.stringMatching(/^[a-c]{1,2}$/);
  const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("."));
  const key = fc.tuple(fc.constantFrom("", "^"), path, fc.constantFrom(".", "\\.")).map(([anchor, name, dot]) => {
    return anchor + name.replaceAll(".", dot);
  });
  fc.assert(
    fc.property(key, path, (name, module) => {
      const expected = new RegExp(`^(?:(.*\\.)?(${name})$)`).test(module);
      expect(patternTable({ [name]: 1 })(module) === 1).toBe(expected);
    }),
  );
});

test("an expression that hangs a backtracking engine takes no time", () => {
  const started = performance.now();
  expect(patternTable({ "(a+)+b": 1 })("a".repeat(2000))).toBeUndefined();
  expect(patternTable({ "(.*a){20}": 1 })("a".repeat(500))).toBe(1);
  expect(performance.now() - started).toBeLessThan(2000);
});

test("a table that would take minutes is refused", () => {
  const keys = Array.from({ length: 300 }, (_, i) => `(x|y)*${i}.*${"z?".repeat(100)}`);
  const lookUp = patternTable(Object.fromEntries(keys.map((key) => [key, 1])));
  const look = () => {
    for (let i = 0; i < 1e6; i++) lookUp(`layer.${i}.${"q".repeat(500)}`);
  };
  expect(look).toThrow(expect.objectContaining({ code: "bad_module_pattern" }));
}, 60_000);

describe("what RE2 cannot do is refused by name", () => {
  test.each([
    ["(?=x)y", /looks ahead or behind/],
    ["(?<!k)query", /looks ahead or behind/],
    ["(a)\\1", /refers back/],
    ["(?P<n>a)(?P=n)", /refers back/],
    ["(a)?(?(1)b|c)", /conditional/],
    ["a++", /possessive/],
    ["(?>a)", /atomic/],
    ["(?#note)a", /comment/],
    ["(?x) a", /flag/],
    ["[[:alpha:]]", /POSIX/],
    ["(", /not a regular expression/],
    ["a{2000}", /not a regular expression/],
    ["(x|y)".repeat(12_000), /60000 characters/],
  ])("%s", (key, message) => {
    const error = expect.objectContaining({ code: "bad_module_pattern", message: expect.stringMatching(message) });
    expect(() => patternTable({ [key]: 1 })("a")).toThrow(error);
    expect(() => selectedModules({ target_modules: key })).toThrow(error);
  });
});
