import fc from "fast-check";
import { expect, test } from "vitest";
import { findDuplicateKey } from "./duplicate-keys.ts";

test("what JSON.stringify writes has no repeated key", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => findDuplicateKey(JSON.stringify(value, null, 1)) === undefined));
});

test("a key repeated at any depth is found, whichever way it is written", () => {
  expect(findDuplicateKey('{"a":1,"b":{"a":2,"c":[{"x":1},{"x":1}]}}')).toBeUndefined();
  expect(findDuplicateKey('{"a":1,"b":{"c":1 , "c" : 2}}')).toBe("c");
  expect(findDuplicateKey('[{"q\\"":"q\\"","q\\"":1}]')).toBe('q"');
  expect(findDuplicateKey('{"\\\\":1,"\\u005c":2}')).toBe("\\");
  expect(findDuplicateKey('{"a":"a","b":"a"}')).toBeUndefined();
});

test("a long string does not exhaust the stack", () => {
  const long = JSON.stringify({ key: `${"x\\".repeat(2_000_000)}` });
  expect(findDuplicateKey(long)).toBeUndefined();
});
