import { expect, test } from "vitest";
import { tokenizer13a } from "./tokenizer-13a.ts";
import { tokenizerIntl } from "./tokenizer-intl.ts";
import { nltkWordTokenizer } from "./tokenizer-nltk.ts";
import { splitWhitespace, stripEnd } from "./whitespace.ts";

// input, 13a, intl; outputs of sacreBLEU 2.6.0
const table = [
  [
    "It costs $1,000.50 - or 3-4 times less; isn't it?",
    "It costs $ 1,000.50 - or 3 - 4 times less ; isn't it ?",
    "It costs $ 1,000.50 - or 3-4 times less ; isn ' t it ?",
  ],
  ["Price is £30, rated 5.", "Price is £30 , rated 5 .", "Price is £ 30 , rated 5."],
  ["(U.S.) 3.5% a.m. end 2010.", "( U . S . ) 3.5 % a . m . end 2010 .", "( U . S . ) 3.5 % a . m . end 2010."],
  ['a_b c/d e@f.com "q" &amp; x', 'a _ b c / d e @ f . com " q " & x', 'a _ b c / d e @ f . com " q " & amp ; x'],
  ["high-quality 20-25 3-d -5", "high-quality 20 - 25 3 - d -5", "high - quality 20-25 3 - d - 5"],
  ["don't 'quote' … “x”—y", "don't 'quote' … “x”—y", "don ' t ' quote ' … “ x ” — y"],
] as const;

test.each(table)("%s", (input, expected13a, expectedIntl) => {
  expect(tokenizer13a.tokenize(input).join(" ")).toBe(expected13a);
  expect(tokenizerIntl.tokenize(input).join(" ")).toBe(expectedIntl);
});

test("entities are decoded in the script's order", () => {
  expect(tokenizer13a.tokenize("&amp;lt; <skipped>a-\nb\nc")).toEqual(["<", "ab", "c"]);
});

test("whitespace is Python's", () => {
  expect(splitWhitespace(" a\u00a0b\u0085c\x1cd\ufeffe\u3000 ")).toEqual(["a", "b", "c", "d\ufeffe"]);
  expect(splitWhitespace(" \n")).toEqual([]);
  expect(stripEnd(" a \u2028")).toBe(" a");
});

test.each([
  ['It isn\'t "cheap" (really).', "It is n't `` cheap '' ( really ) ."],
  [
    "They'll cannot, gonna 'tis... $5.50 at 10:30; 50% off!",
    "They 'll can not , gon na ' tis ... $ 5.50 at 10:30 ; 50 % off !",
  ],
  ["A rating of 5. Prices start at £30.", "A rating of 5. Prices start at £30 ."],
  ["children's 'quoted' words' end: x--y [z]", "children 's ' quoted ' words ' end : x -- y [ z ]"],
])("NLTKWordTokenizer: %s", (input, expected) => {
  expect(nltkWordTokenizer().tokenize(input).join(" ")).toBe(expected);
});
