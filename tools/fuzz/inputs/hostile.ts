import fc from "fast-check";

/** Texts that end up in messages, tables and keys: escapes, marks of direction, names that objects have, bidi, NUL, BOM. */
export const hostileTexts = [
  "",
  " ",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "then",
  "length",
  "\u001b]0;title\u0007",
  "\u001b[2J\u001b[8m",
  "\u009b31m",
  "\u0000",
  "\ufeff",
  "\u202eabc\u2066",
  "\ud800",
  "a\udc00b",
  "\r\n\u2028\u2029",
  "../../etc/passwd",
  "/dev/zero",
  "a".repeat(70_000),
  "\t".repeat(300),
  "(a+)+b",
  "(?<=(.*)*)x",
  ".*",
  "[",
  "NaN",
  "1e999",
  "0x10",
  "-0",
  "😀👩‍👩‍👧 é ️",
] as const;

/** A text that asks for trouble, or any text. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...hostileTexts) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
);

const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);

/** JSON texts of values that code does not expect. Not all are valid JSON. */
const hostileJsonTexts = [
  "null",
  "true",
  "false",
  '""',
  "[]",
  "{}",
  "0",
  "-0",
  "-1",
  "1",
  "0.5",
  "2147483647",
  "2147483648",
  "4294967295",
  "4294967296",
  "100000000",
  "9007199254740993",
  "1e308",
  "1e999",
  "-1e999",
  "1e-320",
  "NaN",
  "Infinity",
  '{"toString":1,"valueOf":1,"toJSON":1}',
  '{"toString":1,"valueOf":1,"toJSON":1,"length":3,"0":{}}',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"then":1}',
  '{"length":4294967295}',
  '{"content":{}}',
  '[{"toString":1,"valueOf":1}]',
  "[null]",
  "[[[]]]",
  '{"a":{"b":{"c":[1,{"d":null}]}}}',
  "[1,2,3,4,5,6,7,8,9,10]",
] as const;

/** Made when used, since they are long. */
const longJsonTexts = [
  () => nested(3_000, "[", "]"),
  () => nested(100_000, "[", "]"),
  () => nested(3_000, '{"a":', "}").replace(":}", ":1}"),
  () => nested(100_000, '{"a":', "}").replace(":}", ":1}"),
  () => "[".repeat(100_000),
  () => `[${"0,".repeat(100_000)}0]`,
  () => `[${"{},".repeat(30_000)}{}]`,
  () => `{${Array.from({ length: 20_000 }, (_, i) => `"k${i}":${i}`).join(",")}}`,
  () => JSON.stringify("x".repeat(300_000)),
  () => JSON.stringify("\u001b".repeat(30_000)),
] as const;

/** The JSON text of a value that asks for trouble. */
export const hostileJson: fc.Arbitrary<string> = fc.oneof(
  { weight: 60, arbitrary: fc.constantFrom(...hostileJsonTexts) },
  { weight: 20, arbitrary: hostileText.map((text) => JSON.stringify(text)) },
  { weight: 1, arbitrary: fc.constantFrom(...longJsonTexts).map((make) => make()) },
  { weight: 10, arbitrary: fc.json({ maxDepth: 3 }) },
  { weight: 5, arbitrary: fc.double().map((value) => JSON.stringify(value)) },
);
