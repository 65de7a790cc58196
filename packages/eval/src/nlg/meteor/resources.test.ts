import { expect, test } from "vitest";
import { paraphraseTable } from "./paraphrases.ts";
import { meteorSynonyms } from "./synonyms.ts";
import { type WordNetFile, wordNetSynonyms } from "./wordnet.ts";

const empty: Record<WordNetFile, string> = {
  "index.noun": "",
  "index.verb": "",
  "index.adj": "",
  "index.adv": "",
  "noun.exc": "",
  "verb.exc": "",
  "adj.exc": "",
  "adv.exc": "",
};
const wordnet = wordNetSynonyms({
  ...empty,
  "index.noun":
    "  1 licence\ndog n 2 1 @ 2 1 00000010 00000020  \nhound n 1 1 @ 1 0 00000010  \nhot_dog n 1 0 1 0 00000020  \n",
  "index.verb": "run v 1 0 1 0 00000010  \n",
  "verb.exc": "ran run\n",
});

test("words share synsets by part of speech", () => {
  expect([...wordnet.synsets("dog")!]).toEqual([10, 20]);
  expect([...wordnet.synsets("hound")!]).toEqual([10]);
  expect([...wordnet.synsets("run")!]).toEqual([100000010]);
  expect(wordnet.synsets("hot_dog")).toBeUndefined();
});

test("base forms: exceptions, then detachment rules", () => {
  expect(wordnet.synsets("dogs")).toEqual(wordnet.synsets("dog"));
  expect(wordnet.synsets("ran")).toEqual(wordnet.synsets("run"));
  expect(wordnet.synsets("runing")).toEqual(wordnet.synsets("run"));
  expect(wordnet.synsets("dogss")).toBeUndefined();
  const worse = meteorSynonyms({ synsets: "bad\n1 2\nill\n3\n", exceptions: "bad\nworse worst\nill\nworse\n" });
  expect([...worse.synsets("worse")!]).toEqual([1, 2, 3]);
});

test("paraphrases, filtered by vocabulary", () => {
  const lines = ["0.5", "close to", "near", "0.1", "close to", "not far  from", "1e-3", "far", "distant"];
  const all = paraphraseTable();
  const some = paraphraseTable({ vocabulary: new Set(["close", "to", "near", "far"]) });
  for (const line of lines) {
    all.add(line);
    some.add(line);
  }
  expect(all.finish().paraphrases("close to")).toEqual([["near"], ["not", "far", "from"]]);
  expect(all.finish().longest).toBe(2);
  expect(some.finish().paraphrases("close to")).toEqual([["near"]]);
  expect(some.finish().paraphrases("far")).toEqual([]);
});

test("malformed files are refused by file and line", () => {
  const bad = (code: string, message: RegExp) =>
    expect.objectContaining({ code, message: expect.stringMatching(message) });
  const thrown = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      return error;
    }
    return undefined;
  };
  expect(thrown(() => meteorSynonyms({ synsets: "a\n1\nb\n", exceptions: "" }))).toEqual(
    bad("bad_synonym_file", /english\.synsets, line 3: .*pairs/),
  );
  expect(thrown(() => meteorSynonyms({ synsets: "a\nx\n", exceptions: "" }))).toEqual(
    bad("bad_synonym_file", /english\.synsets, line 2: .*integers/),
  );
  expect(thrown(() => wordNetSynonyms({ ...empty, "index.adj": "big a x\n" }))).toEqual(
    bad("bad_wordnet_file", /index\.adj, line 1/),
  );
  expect(thrown(() => paraphraseTable().add("phrase"))).toEqual(bad("bad_paraphrase_table", /line 1: expected a prob/));
  expect(
    thrown(() => {
      const table = paraphraseTable();
      table.add("1");
      table.finish();
    }),
  ).toEqual(bad("bad_paraphrase_table", /line 1: .*incomplete/));
});
