import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { chrf } from "../chrf.ts";
import { loraText } from "../harness/lora-text.ts";
import { nltkWordTokenizer } from "./tokenizer-nltk.ts";
import { splitWhitespace, strip } from "./whitespace.ts";

interface Golden {
  readonly texts: readonly Readonly<
    Record<"text" | "strip" | "lower" | "lora", string> & { split: string[]; nltk: string[] }
  >[];
  readonly ties: readonly Readonly<{ hypotheses: string[]; references: string[][]; chrf: number; "chrf++": number }>[];
}

const path = new URL("../fixtures/nlg-texts.json", import.meta.url);
const { texts, ties }: Golden = JSON.parse(readFileSync(path, "utf8"));

test(`${texts.length} texts are read as Python reads them: U+FEFF is a character, U+0085 and U+001C are none`, () => {
  const words = nltkWordTokenizer();
  expect(texts.some(({ text }) => text.includes("\ufeff"))).toBe(true);
  for (const one of texts) {
    const { text } = one;
    expect({
      text,
      split: splitWhitespace(text),
      strip: strip(text),
      lower: text.toLowerCase(),
      nltk: words.tokenize(text),
      lora: loraText(text, { lowercase: true, tokenize: true }),
    }).toEqual(one);
  }
});

test(`chrF of ${ties.length} corpora takes the reference that sacreBLEU takes, however near the references score`, () => {
  for (const { hypotheses, references, ...expected } of ties) {
    expect(chrf().compute(hypotheses, references).score).toBeCloseTo(expected.chrf, 10);
    expect(chrf({ wordOrder: 2 }).compute(hypotheses, references).score).toBeCloseTo(expected["chrf++"], 10);
  }
});
