import { FormatError } from "@dylora/errors";
import { parseXml, type XmlDocument, XmlElement, XmlError } from "@rgrove/parse-xml";

const DECLARED_ENCODING = /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)["']/;

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}

/** Where the XML declaration, comments, processing instructions and white space at the start of a document end. */
function endOfPreamble(text: string): number {
  const space = /\s*/y;
  for (let at = 0; ; ) {
    space.lastIndex = at;
    at += space.exec(text)![0].length;
    const close = text.startsWith("<?", at) ? "?>" : text.startsWith("<!--", at) ? "-->" : undefined;
    const end = close === undefined ? -1 : text.indexOf(close, at);
    if (end < 0) return at;
    at = end + close!.length;
  }
}

/** Most tags: twice as many as DART's training set has. The parser takes 400 bytes for an element of four. */
const MOST_TAGS = 2_000_000;

function tagsOf(text: string): number {
  let tags = 0;
  for (let at = text.indexOf("<"); at >= 0; at = text.indexOf("<", at + 1)) tags++;
  return tags;
}

/** Deeper than any data set; functions that call themselves for each level have room. */
const MOST_DEPTH = 200;

/** Whether elements are nested beyond {@link MOST_DEPTH}. */
function isTooDeep(root: XmlElement | null): boolean {
  let level = root === null ? [] : [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MOST_DEPTH) return true;
    level = level.flatMap(({ children }) => children.filter((child) => child instanceof XmlElement));
  }
  return false;
}

/** A parsed document, with the line that each element starts on. */
export interface XmlSource {
  /** The document's one outermost element. */
  readonly root: XmlElement;
  /** Line (from 1) an element starts on. */
  lineOf(element: XmlElement): number;
}

/**
 * Parses XML, well-formed or refused. Document type declarations are refused altogether, and entities other than XML's
 * five with them: no expansion bombs, no files drawn in.
 *
 * @param name the file's name, for errors
 * @throws FormatError `xml_doctype`, `xml_encoding`, `bad_xml`, with file and line
 */
export function parseXmlSource(text: string, name: string): XmlSource {
  const fail = (code: string, line: number, problem: string, cause?: unknown) =>
    new FormatError(code, `${name}, line ${line}: ${problem}`, { cause, details: { path: name, line } });

  const start = endOfPreamble(text);
  if (text.startsWith("<!DOCTYPE", start)) {
    throw fail("xml_doctype", lineAt(text, start), "document type declarations are refused; remove <!DOCTYPE …>");
  }
  const encoding = DECLARED_ENCODING.exec(text)?.[1];
  if (encoding !== undefined && !/^(utf-?8|us-ascii)$/i.test(encoding)) {
    throw fail("xml_encoding", 1, `declares the encoding ${encoding}; save the file as UTF-8`);
  }
  if (tagsOf(text) > MOST_TAGS) throw fail("bad_xml", 1, `the file has more than ${MOST_TAGS} tags; split it`);
  let document: XmlDocument;
  try {
    document = parseXml(text, { includeOffsets: true });
  } catch (cause) {
    if (cause instanceof RangeError) throw fail("bad_xml", 1, "elements are nested too deep", cause);
    if (!(cause instanceof XmlError)) throw cause;
    const [problem] = cause.message.split(" (line ");
    throw fail("bad_xml", cause.line, `not well-formed XML: ${problem}`, cause);
  }
  if (isTooDeep(document.root)) throw fail("bad_xml", 1, "elements are nested too deep");
  return { root: document.root!, lineOf: ({ start }) => lineAt(text, start) };
}
