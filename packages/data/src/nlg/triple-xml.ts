import { showValue } from "@dylora/errors";
import { XmlElement, XmlText } from "@rgrove/parse-xml";
import { strip } from "../strip.ts";
import { parseTriple } from "./triple.ts";
import { badEntry, type TripleEntry } from "./triple-entry.ts";
import { parseXmlSource } from "./xml-document.ts";

const childrenNamed = (element: XmlElement, name: string): XmlElement[] =>
  element.children.filter((child) => child instanceof XmlElement && child.name === name) as XmlElement[];

/** The text that stands in an element itself; undefined where it holds elements. */
function ownText(element: XmlElement): string | undefined {
  let text = "";
  for (const child of element.children) {
    if (child instanceof XmlElement) return undefined;
    if (child instanceof XmlText) text += child.text;
  }
  return text;
}

/** The text of a `lex`: its own, or that of its `<text>`, which the enriched WebNLG has beside templates and references. */
function lexText(lex: XmlElement): string | undefined {
  const [inner, another] = childrenNamed(lex, "text");
  if (another !== undefined) return undefined;
  return ownText(inner ?? lex);
}

/**
 * Reads the XML of WebNLG (2017, 2.x, 3.0, 2023, enriched) and DART: `benchmark > entries > entry`, each with one
 * `modifiedtripleset` of `mtriple`s and its `lex` elements.
 *
 * @param file the file's name, for errors
 * @throws FormatError `xml_doctype`, `xml_encoding`, `bad_xml`, `bad_entry`, with file and line
 */
export function parseTripleXml(text: string, file: string): TripleEntry[] {
  const { root, lineOf } = parseXmlSource(text, file);
  const at = (element: XmlElement) => `line ${lineOf(element)}`;
  if (root.name !== "benchmark") {
    throw badEntry(file, at(root), `the root element is <${root.name}>; WebNLG and DART have <benchmark>`);
  }
  const entries = childrenNamed(root, "entries").flatMap((list) => childrenNamed(list, "entry"));
  if (entries.length === 0) throw badEntry(file, at(root), "<benchmark> holds no <entries> with an <entry>");
  return entries.map((entry): TripleEntry => {
    const triples = childrenNamed(entry, "modifiedtripleset").flatMap((set) => childrenNamed(set, "mtriple"));
    if (triples.length === 0) throw badEntry(file, at(entry), "the entry has no <modifiedtripleset> with an <mtriple>");
    return {
      category: entry.attributes.category,
      triples: triples.map((element) => {
        const text = ownText(element);
        const triple = text === undefined ? undefined : parseTriple(text);
        if (triple !== undefined) return triple;
        const found = text === undefined ? "elements" : showValue(text);
        throw badEntry(file, at(element), `<mtriple> holds ${found}; it must be subject | relation | object`);
      }),
      lexicalizations: childrenNamed(entry, "lex").map((lex) => {
        const text = lexText(lex);
        if (text === undefined) throw badEntry(file, at(lex), "<lex> holds elements, and not one <text> with the text");
        return { text: strip(text), comment: lex.attributes.comment ?? "", language: lex.attributes.lang ?? "" };
      }),
    };
  });
}
