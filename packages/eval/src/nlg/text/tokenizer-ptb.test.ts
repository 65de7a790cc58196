import { expect, test } from "vitest";
import { americanSpelling } from "./american-spelling.ts";
import { ptbTokens, tokenizerPtb } from "./tokenizer-ptb.ts";

const lower = (text: string) => ptbTokens(text).join(" ").toLowerCase();

// Printed by CoreNLP's lexer with -preserveLines -lowerCase.
test.each([
  ["£20-25, or less than £20 (family-friendly)", "# 20-25 , or less than # 20 -lrb- family-friendly -rrb-"],
  ["€30", "$ 30"],
  ["colour centre", "color center"],
  ["Aromi/Zizzi", "aromi\\/zizzi"],
  ["isn't", "is n't"],
  ["can't; cannot, gonna", "ca n't ; can not , gon na"],
  ["\"yes\" -- 'no'...", "`` yes '' -- ` no ' ..."],
  ["10:30am", "10:30 am"],
  ["dogs'", "dogs '"],
  ["", ""],
])("%s", (input, expected) => expect(lower(input)).toBe(expected));

// By the rules of the lexer.
test.each([
  ["It's The Rice Boat's.", "it 's the rice boat 's ."],
  ["a 3/5 or 3 1/2 rating", "a 3\\/5 or 3\u00a01\\/2 rating"],
  ["Mr. Smith, Inc., of the U.S. said", "mr. smith , inc. , of the u.s. said"],
  ["kid-friendly, 5-star; £1,000.50!", "kid-friendly , 5-star ; # 1,000.50 !"],
  ["They’re “good” – really…", "they 're `` good '' -- really ..."],
  ["mail me@here.org or www.aromi.co.uk/menu", "mail me@here.org or www.aromi.co.uk\\/menu"],
  ["French,family-friendly, non-U.S. firms 😀 at 8 p.m", "french,family-friendly , non-u.s. firms at 8 p.m"],
  ["B&B R&D a & b 50% $5 #1", "b&b r&d a & b 50 % $ 5 # 1"],
  ["O'Brien's café o'clock", "o'brien 's café o'clock"],
  ["x * y = z + {1} [2] <3", "x \\* y = z + -lcb- 1 -rcb- -lrb- 2 -rrb- -lrb- 3"],
])("%s", (input, expected) => expect(lower(input)).toBe(expected));

test("punctuation goes, brackets in lower case stay", () => {
  expect(tokenizerPtb.tokenize("The City Centre (in the centre), isn't it?")).toEqual(
    "the city centre -lrb- in the center -rrb- is n't it".split(" "),
  );
  expect(tokenizerPtb.tokenize(" \u0007 ")).toEqual([]);
});

test.each([
  ["favourite", "favorite"],
  ["neighbours", "neighbors"],
  ["glamour", "glamour"],
  ["detour", "detour"],
  ["four", "four"],
  ["programmes", "programs"],
  ["analyses", "analyses"],
  ["centres", "centres"],
  ["haematology", "hematology"],
  ["catalogue", "catalogue"],
  ["analogue", "analog"],
])("American spelling of %s", (british, american) => expect(americanSpelling(british)).toBe(american));
