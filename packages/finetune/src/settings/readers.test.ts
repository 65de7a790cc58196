import { expect, test } from "vitest";
import {
  finite,
  fraction,
  listOf,
  notNegative,
  oneOf,
  positive,
  type Reader,
  share,
  text,
  whole,
  wholeNumbers,
  yes,
} from "./readers.ts";
import { targetSelector, targets } from "./targets.ts";

const good: [string, Reader<unknown>, unknown, unknown][] = [
  ["a whole number as text", whole(1), "8", 8],
  ["a whole number", whole(1), 8, 8],
  ["a negative one", whole(-10), "-3", -3],
  ["a number in exponent form", positive, "3e-3", 0.003],
  ["zero", notNegative, "0", 0],
  ["a share", fraction, "0.15", 0.15],
  ["any number", finite, "-0.8", -0.8],
  ["a share up to all", share, "1", 1],
  ["a word", oneOf(["a", "b"]), "b", "b"],
  ["a list", listOf(text), "query, value", ["query", "value"]],
  ["an array", listOf(whole(1)), [1, 2], [1, 2]],
  ["ranks", wholeNumbers(1), "8,1-3,2", [1, 2, 3, 8]],
  ["ranks as an array", wholeNumbers(1), [4, 2], [2, 4]],
  ["one rank", wholeNumbers(1), 4, [4]],
  ["a flag", yes, true, true],
  ["all targets", targets, "all-linear", "all-linear"],
  ["named targets", targets, "query,value", ["query", "value"]],
  ["an expression", targets, "/.*query/", "/.*query/"],
];
test.each(good)("%s", (_, read, given, expected) => {
  expect(read(given)).toEqual(expected);
});

const bad: [string, Reader<unknown>, unknown, string][] = [
  ["a fraction for a whole number", whole(1), "1.5", "a whole number of at least 1"],
  ["too small", whole(1), "0", "a whole number of at least 1"],
  ["too large", whole(1, 10), "11", "a whole number from 1 to 10"],
  ["no number", whole(1), "", "a whole number of at least 1"],
  ["something else", whole(1), true, "a whole number of at least 1"],
  ["zero", positive, "0", "a number above 0"],
  ["infinity", positive, "Infinity", "a number above 0"],
  ["below zero", notNegative, "-1", "a number of at least 0"],
  ["one", fraction, "1", "a number from 0 to below 1"],
  ["no finite number", finite, "Infinity", "a number"],
  ["no share", share, "0", "a number above 0, at most 1"],
  ["another word", oneOf(["a", "b"]), "c", "one of a, b"],
  ["an empty text", text, "", "a text"],
  ["an empty entry", listOf(text), "a,,b", "a list, each entry a text"],
  ["an empty list", listOf(text), [], "a list that is not empty"],
  ["crossed ranks", wholeNumbers(1), "8-1", "whole numbers of at least 1, for instance 1,2 or 1-8"],
  ["rank 0", wholeNumbers(1), "0-2", "whole numbers of at least 1, for instance 1,2 or 1-8"],
  ["a flag with a value", yes, "yes", "true or false"],
  ["a broken expression", targets, "/(/", "a valid regular expression"],
];
test.each(bad)("refused: %s", (_, read, given, message) => {
  expect(() => read(given)).toThrow(message);
});

test("an expression loses its slashes for the model; what was read can be read again", () => {
  expect(targetSelector("/.*query/")).toBe(".*query");
  expect(targetSelector(["query"])).toEqual(["query"]);
  expect(targets(targets("/.*query/"))).toBe("/.*query/");
});
