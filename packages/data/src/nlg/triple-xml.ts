import { showValue } from "@dylora/errors";
import { XmlElement } from "@rgrove/parse-xml";
import { parseTriple } from "./triple.ts";
import { badEntry, type TripleEntry } from "./triple-entry.ts";
import { parseXmlSource } from "./xml-document.ts";

const childrenNamed = (element: XmlElement, name: string): XmlElement[] =>
  element.children.filter((child) => child instanceof XmlElement && child.name === name) as XmlElement[];

/**
 * Reads the XML of WebNLG 2017 and DART: `benchmark > entries > entry`, each with one `modifiedtripleset` of `mtriple`s
 * and its `lex` elements.
 *
 * @param file - the file's name, for errors.
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
        const triple = parseTriple(element.text);
        if (triple !== undefined) return triple;
        const found = showValue(element.text);
        throw badEntry(file, at(element), `<mtriple> holds ${found}; it must be subject | relation | object`);
      }),
      lexicalizations: childrenNamed(entry, "lex").map((lex) => ({
        text: lex.text.trim(),
        comment: lex.attributes.comment ?? "",
      })),
    };
  });
}
