import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hasOutside, outsidePath } from "../fixtures/outside-material.ts";
import { groupReferences, isSeenCategory, type NlgExample } from "../index.ts";
import { readDart, readE2e, readPromptCompletions, readWebNlg } from "./index.ts";

const NLG = join(import.meta.dirname, "../fixtures/nlg");
const write = async (name: string, content: string | Uint8Array): Promise<string> => {
  const path = join(await mkdtemp(join(tmpdir(), "dylora-nlg-")), name);
  await writeFile(path, content);
  return path;
};
const counts = (examples: readonly NlgExample[]) => [groupReferences(examples).length, examples.length];
const sorted = (examples: readonly NlgExample[]) =>
  examples.map(({ category, context, text }) => `${category} ${context} ${text}`).sort();

describe("WebNLG 2017", () => {
  const airport = { context: "Harbour_Field : city : Port_Elms", category: "Airport" };
  const expected = [
    { ...airport, text: "Harbour Field serves Port Elms & its coast." },
    { ...airport, text: "The city of Port Elms has an airport, Harbour Field ✈️ 😀." },
    {
      context: 'Ada_Reed : birthPlace : "Leeds, England" | Ada_Reed : song : Up | Down',
      category: "Artist",
      text: "Ada Reed, born in Leeds, sang Up | Down.",
    },
  ];

  test("a folder of XML files and the JSON file say the same: good texts, original names", async () => {
    expect(await readWebNlg(join(NLG, "webnlg"))).toEqual(expected);
    expect(await readWebNlg(join(NLG, "webnlg.json"))).toEqual(expected);
    expect(await readWebNlg(join(NLG, "webnlg/1triples/Airport.xml"))).toEqual(expected.slice(0, 2));
  });

  test("other texts may be kept; topics tell seen from unseen", async () => {
    expect(await readWebNlg(join(NLG, "webnlg"), { select: (entry) => entry })).toHaveLength(4);
    expect(expected.map(({ category }) => isSeenCategory(category))).toEqual([true, true, false]);
    expect(isSeenCategory(undefined)).toBe(false);
  });

  const xml = (...lex: readonly string[]) => {
    const entry = (one: string, i: number) =>
      `<entry category="Film" eid="Id${i}" size="1">\n<modifiedtripleset><mtriple>Film_${i} | year | 1951</mtriple></modifiedtripleset>\n${one}</entry>`;
    return `<?xml version="1.0" ?>\n<benchmark><entries>\n${lex.map(entry).join("\n")}\n</entries></benchmark>`;
  };
  const textsOf = async (content: string, options = {}) => {
    const path = await write("a.xml", content);
    const examples = await readWebNlg(path, options);
    return { texts: examples.map(({ text }) => text), remarks: examples.remarks, path, examples };
  };

  test("texts without a verdict are taken, bad ones are counted, empty ones and entries without texts too", async () => {
    const { texts, remarks, path, examples } = await textsOf(
      xml(
        '<lex lang="en" lid="Id1">A.</lex><lex comment="" lang="en" lid="Id2">B.</lex>',
        '<lex comment="toFix" lang="en" lid="Id1">C.</lex><lex comment="good" lang="en" lid="Id2">D.</lex>',
        '<lex comment="toFix" lid="Id1">E.</lex><lex comment="good" lang="en" lid="Id2"> </lex>',
        "",
      ),
    );
    expect(texts).toEqual(["A.", "B.", "D."]);
    expect(remarks).toEqual([
      {
        code: "not_good",
        count: 2,
        message: `2 texts left out, whose comment is "toFix" and not "good" (first: ${path}, entry 2)`,
      },
      { code: "empty_text", count: 1, message: `1 empty text left out (${path}, entry 3)` },
      { code: "no_text", count: 1, message: `1 entry without a text left out (${path}, entry 4)` },
    ]);
    expect(examples.placeOf(2)).toBe(`${path}, entry 2`);
    await expect(textsOf(xml("", ""))).rejects.toMatchObject({
      code: "no_texts",
      message: expect.stringContaining("2 entries without a text left out"),
    });
    await expect(textsOf(xml('<lex comment="WikiSQL_lily" lid="Id1">A.</lex>'))).rejects.toThrow(
      /comment is "WikiSQL_lily"/,
    );
  });

  test("two languages are never mixed", async () => {
    const both = xml(
      '<lex comment="good" lang="en" lid="Id1">A film.</lex><lex comment="good" lang="ru" lid="Id2">Фильм.</lex>',
      '<lex comment="good" lid="Id1">Unmarked.</lex><lex comment="" lang="ru" lid="Id2">Кино.</lex>',
    );
    await expect(textsOf(both)).rejects.toMatchObject({
      code: "mixed_languages",
      message: expect.stringContaining('holds texts in "en" (2 texts), "ru" (2 texts)'),
    });
    const russian = await textsOf(both, { language: "ru" });
    expect(russian.texts).toEqual(["Фильм.", "Кино."]);
    expect(russian.remarks).toMatchObject([{ code: "other_language", count: 2 }]);
    expect((await textsOf(both, { language: "en" })).texts).toEqual(["A film.", "Unmarked."]);
    await expect(textsOf(both, { language: "mt" })).rejects.toMatchObject({ code: "no_texts" });
    const unmarked = xml('<lex comment="good" lid="Id1">Ein Film.</lex>');
    const german = await textsOf(unmarked, { language: "de" });
    expect(german.texts).toEqual(["Ein Film."]);
    expect(german.remarks).toMatchObject([{ code: "unmarked_language", count: 1 }]);
    const folder = await mkdtemp(join(tmpdir(), "dylora-nlg-"));
    await writeFile(join(folder, "en.xml"), xml('<lex comment="good" lang="en" lid="Id1">A.</lex>'));
    await writeFile(join(folder, "ru.xml"), xml('<lex comment="good" lang="ru" lid="Id1">Я.</lex>'));
    await expect(readWebNlg(folder)).rejects.toMatchObject({ code: "mixed_languages" });
    const json = (lang: string) => ({ lex: lang, comment: "good", lang, xml_id: "Id1" });
    const entry = { category: "Film", modifiedtripleset: [{ subject: "a", property: "b", object: "c" }] };
    const document = { entries: [{ "1": { ...entry, lexicalisations: [json("en"), json("ru")] } }] };
    const path = await write("a.json", JSON.stringify(document));
    await expect(readWebNlg(path)).rejects.toMatchObject({ code: "mixed_languages" });
    expect((await readWebNlg(path, { language: "en" })).map(({ text }) => text)).toEqual(["en"]);
  });

  test("the enriched release: the text alone, without its templates and references", async () => {
    const enriched = `<lex comment="good" lid="Id1">
      <sortedtripleset><sentence ID="1"><striple>Film_0 | year | 1951</striple></sentence></sortedtripleset>
      <references><reference entity="Film_0" number="1" tag="AGENT-1" type="name">Film 0</reference></references>
      <text>Film 0 came out in 1951.</text>
      <template>AGENT-1 came out in PATIENT-1.</template>
    </lex><entitymap><entity>AGENT-1 | Film_0</entity></entitymap>`;
    expect((await textsOf(xml(enriched))).texts).toEqual(["Film 0 came out in 1951."]);
    const without = '<lex comment="good" lid="Id1"><template>AGENT-1</template></lex>';
    await expect(textsOf(xml(without))).rejects.toThrow(/<lex> holds elements, and not one <text>/);
  });

  test("the test folder of 3.0: its own texts, not those of semantic parsing", async () => {
    const folder = await mkdtemp(join(tmpdir(), "dylora-nlg-"));
    const file = (name: string, lex: string) => writeFile(join(folder, name), xml(lex));
    await file("rdf-to-text-generation-test-data-with-refs-en.xml", '<lex comment="good" lang="en" lid="Id1">A.</lex>');
    await file("rdf-to-text-generation-test-data-without-refs-en.xml", "");
    await file("semantic-parsing-test-data-with-refs-en.xml", '<lex comment="good" lang="en" lid="Id1">B.</lex>');
    const examples = await readWebNlg(folder);
    expect(examples.map(({ text }) => text)).toEqual(["A."]);
    expect(examples.remarks).toMatchObject([{ code: "other_file", count: 2 }]);
  });

  test("200,000 texts of one file are no 200,000 arguments", async () => {
    const lex = '<lex comment="good" lid="Id1">A.</lex>';
    const { texts } = await textsOf(xml(lex.repeat(200_000)));
    expect(texts).toHaveLength(200_000);
  });

  test.skipIf(!hasOutside("data/webnlg"))("the dev set, XML and JSON (outside material)", async () => {
    const json = await readWebNlg(outsidePath("data/webnlg/dev.json"));
    const xml = await readWebNlg(outsidePath("data/webnlg/dev"));
    expect(json).toHaveLength(2258);
    expect(sorted(xml)).toEqual(sorted(json));
    expect(json.every(({ category }) => isSeenCategory(category))).toBe(true);
    const all = await readWebNlg(outsidePath("data/webnlg/dev.json"), { select: (entry) => entry });
    // 872 entries, two of them with the same triples.
    expect(counts(all)).toEqual([871, 2268]);
  });
});

describe("DART", () => {
  test("JSON and XML say the same, the topic apart; relations in lower case", async () => {
    const json = await readDart(join(NLG, "dart.json"));
    expect(json).toEqual([
      {
        context: "Elm College : joined : 1973 | Elm College : location : Elm Hill, North Carolina",
        text: "A school from Elm Hill, North Carolina, joined in 1973.",
      },
      {
        context: "Elm College : joined : 1973 | Elm College : location : Elm Hill, North Carolina",
        text: "Elm College joined in 1973.",
      },
      { context: "[TABLECONTEXT] : [title] : Grand Prix", text: "It is a Grand Prix." },
    ]);
    const xml = await readDart(join(NLG, "dart.xml"));
    expect(xml).toEqual(json.map((example) => ({ ...example, category: "MISC" })));
  });

  test("as datasets writes it; empty texts are counted; WebNLG's files are told apart", async () => {
    const entry = { tripleset: [["a", "B", "c"]], subtree_was_extended: false };
    const path = await write(
      "a.json",
      JSON.stringify([
        { ...entry, annotations: { source: ["e2e", "e2e"], text: ["One.", ""] } },
        { ...entry, tripleset: [], annotations: [{ source: "e2e", text: "Two." }] },
      ]),
    );
    const examples = await readDart(path);
    expect(examples).toEqual([{ context: "a : b : c", text: "One." }]);
    expect(examples.remarks).toMatchObject([
      { code: "empty_text", count: 1 },
      { code: "no_triples", count: 1 },
    ]);
    await expect(readDart(join(NLG, "webnlg/1triples/Airport.xml"))).rejects.toMatchObject({ code: "wrong_task_file" });
  });

  test.skipIf(!hasOutside("data/dart"))("the dev set (outside material)", async () => {
    const examples = await readDart(outsidePath("data/dart/dart-v1.1.1-full-dev.json"));
    // 2,768 entries, some of them with the same triples.
    expect(counts(examples)).toEqual([2721, 6980]);
  });
});

describe("E2E", () => {
  test("CSV in microsoft/LoRA's form, or as it is", async () => {
    const path = await write("a.csv", 'MR,ref\n"name[The Vaults], priceRange[more than £30]","Pricey, at ""£30"". "\n');
    const text = 'Pricey, at "£30".';
    expect(await readE2e(path)).toEqual([{ context: "name : The Vaults | price : more than £ 30", text }]);
    const raw = await readE2e(path, { contextOf: (meaning) => meaning });
    expect(raw).toEqual([{ context: "name[The Vaults], priceRange[more than £30]", text }]);
  });

  test("the cleaned release: the corrected meaning; rows without a text are counted", async () => {
    const path = await write(
      "a.csv",
      'mr,ref,fixed,orig_mr\nname[A],Text.,1,"name[A], eatType[pub]"\nname[B], ,0,name[B]\nconstructor[C],C.,0,x[y]\n',
    );
    const examples = await readE2e(path);
    expect(examples).toEqual([
      { context: "name : A", text: "Text." },
      { context: "constructor : C", text: "C." },
    ]);
    expect(examples.remarks).toEqual([
      { code: "no_text", count: 1, message: `1 row without a text left out (${path}, line 3)` },
    ]);
    expect(examples.placeOf(1)).toBe(`${path}, line 4`);
    const meanings = await write("b.csv", "MR\nname[A]\n");
    await expect(readE2e(meanings)).rejects.toThrow(/no column "ref"; it has "MR"; the test set with references is/);
  });

  test("lines of `context||text`", async () => {
    const path = await write("a.txt", "name : Aromi | Type : pub||Aromi is a pub . \n\nname : B||B .");
    expect(await readE2e(path)).toEqual([
      { context: "name : Aromi | Type : pub", text: "Aromi is a pub ." },
      { context: "name : B", text: "B ." },
    ]);
  });

  test("broken rows name file and line, or are left out", async () => {
    const csv = await write("a.csv", 'mr,ref\n"name[Aromi], pub","A pub."\nname[B],B.\n');
    await expect(readE2e(csv)).rejects.toThrow(`${csv}, line 2: a meaning representation is name[value]`);
    expect(await readE2e(csv, { onBrokenRow: () => undefined })).toEqual([{ context: "name : B", text: "B." }]);
    const lines = await write("a.txt", "name : A||A .\nname : B | B .\n");
    await expect(readE2e(lines)).rejects.toThrow(`${lines}, line 2: "||" must stand once, between context and text`);
    const noReferences = await write("b.csv", "MR\nname[A]\n");
    await expect(readE2e(noReferences)).rejects.toMatchObject({ code: "missing_column" });
  });

  test.skipIf(!hasOutside("data/e2e"))("the release (outside material)", async () => {
    expect(await readE2e(outsidePath("data/e2e/trainset.csv"))).toHaveLength(42061);
    const dev = await readE2e(outsidePath("data/e2e/devset.csv"));
    expect(counts(dev)).toEqual([547, 4672]);
    expect(counts(await readE2e(outsidePath("data/e2e/testset_w_refs.csv")))).toEqual([630, 4693]);
    const lora = await readE2e(outsidePath("data/e2e/valid.txt"));
    expect(lora.map(({ context }) => context)).toEqual(dev.map(({ context }) => context));
  });
});

test("JSON Lines of prompts and completions", async () => {
  const path = await write("a.jsonl", '{"prompt": "a =>", "completion": " b"}\n{"prompt": "c", "completion": ""}\n');
  expect(await readPromptCompletions(path)).toEqual([
    { prompt: "a =>", completion: " b" },
    { prompt: "c", completion: "" },
  ]);
  const other = await write("b.jsonl", '{"context": "a", "text": "b"}\n{"context": "a"}\n');
  const columns = { promptColumn: "context", completionColumn: "text" };
  await expect(readPromptCompletions(other, columns)).rejects.toThrow(`${other}, line 2: "text" is missing`);
  await expect(readPromptCompletions(other)).rejects.toMatchObject({ code: "missing_column" });
});

describe("what is refused, with file and line", () => {
  const bomb = `<?xml version="1.0"?>
<!-- ha -->
<!DOCTYPE lolz [
  <!ENTITY lol "lol">
  <!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">
]>
<benchmark><entries><entry>&lol2;</entry></entries></benchmark>`;
  const entry = (inside: string) =>
    `<benchmark>\n<entries>\n<!-- 😀 -->\n<entry>\n${inside}\n</entry></entries></benchmark>`;
  const set = "<modifiedtripleset>\n<mtriple>a | b | c</mtriple></modifiedtripleset>";

  test.each([
    ["an entity bomb", bomb, "xml_doctype", "line 3: document type declarations are refused"],
    ["an outside DTD", '<!DOCTYPE benchmark SYSTEM "file:///etc/passwd"><benchmark/>', "xml_doctype", "line 1: "],
    ["an entity of one's own", entry("<lex>&lol;</lex>"), "bad_xml", "line 5: not well-formed XML: Named entity"],
    [
      "an element left open",
      `<benchmark>\n<entries>\n</benchmark>`,
      "bad_xml",
      "line 3: not well-formed XML: Missing end",
    ],
    ["nothing", "", "bad_xml", "line 1: not well-formed XML: Root element is missing"],
    [
      "a declared Latin-1",
      '<?xml version="1.0" encoding="ISO-8859-1"?><a/>',
      "xml_encoding",
      "declares the encoding ISO",
    ],
    ["nesting without end", "<a>".repeat(100_000), "bad_xml", "line 1: elements are nested too deep"],
    ["another root", "\n<html/>", "bad_entry", "line 2: the root element is <html>"],
    ["no entries", "<benchmark/>", "bad_entry", "line 1: <benchmark> holds no <entries>"],
    ["no triples", entry("<lex>a</lex>"), "bad_entry", "line 4: the entry has no <modifiedtripleset>"],
    [
      "a triple of two",
      entry(set.replace("a | b | c", "a | b")),
      "bad_entry",
      'line 6: <mtriple> holds "a | b"; it must',
    ],
  ])("XML: %s", async (_, content, code, message) => {
    const path = await write("a.xml", content);
    const refused = expect.objectContaining({ code, message: expect.stringContaining(`${path}, `) });
    await expect(readWebNlg(path)).rejects.toEqual(refused);
    await expect(readWebNlg(path)).rejects.toThrow(message);
  });

  const good = '{"entries": [{"1": {"category": "Food", "modifiedtripleset": [], "lexicalisations": []}}';
  test.each([
    ["cut off", `${good},\n`, "bad_json", /line [12]: not JSON/],
    ["a stray word", `{"entries": [\n\nfood]}`, "bad_json", /line 3: not JSON/],
    ["no entries", "{}", "bad_entry", /line 1: WebNLG's JSON is an object with a list "entries"/],
    ["an entry of text", `${good}, "x"]}`, "bad_entry", /entry 2: an entry is an object of one member/],
    ["no topic", `${good}, {"2": {}}]}`, "bad_entry", /entry 2: "category" is no text/],
    ["no triples", `${good}, {"2": {"category": "a", "modifiedtripleset": [{}]}}]}`, "bad_entry", /entry 2: "modified/],
    ["no texts", `${good}, {"2": {"category": "a", "modifiedtripleset": []}}]}`, "bad_entry", /entry 2: "lexicalisa/],
  ])("WebNLG JSON: %s", async (_, content, code, message) => {
    const path = await write("a.json", content);
    await expect(readWebNlg(path)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test.each([
    ["no list", "{}", /line 1: DART's JSON is a list/],
    ["a triple of two", '[{"tripleset": [["a", "b"]], "annotations": []}]', /entry 1: "tripleset" is no list/],
    ["no texts", '[{"tripleset": [], "annotations": [{"source": "a"}]}]', /entry 1: "annotations" is no list/],
  ])("DART JSON: %s", async (_, content, message) => {
    const path = await write("a.json", content);
    await expect(readDart(path)).rejects.toMatchObject({ code: "bad_entry", message: expect.stringMatching(message) });
  });

  test("invalid UTF-8, an unknown extension, a folder without XML, a missing file", async () => {
    const bytes = [...(await readFile(join(NLG, "dart.xml")))];
    const path = await write("a.xml", Uint8Array.from([...bytes.slice(0, 60), 0xc3, 0x28, ...bytes.slice(60)]));
    await expect(readDart(path)).rejects.toMatchObject({ code: "invalid_utf8", details: { path, line: 3 } });
    await expect(readDart(await write("a.yaml", ""))).rejects.toMatchObject({ code: "unknown_nlg_format" });
    const folder = await mkdtemp(join(tmpdir(), "dylora-nlg-"));
    await expect(readWebNlg(folder)).rejects.toMatchObject({ code: "file_missing" });
    await expect(readWebNlg(join(folder, "dev.json"))).rejects.toMatchObject({ code: "file_missing" });
  });
});
