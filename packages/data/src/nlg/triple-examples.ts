import { FormatError, showValue } from "@dylora/errors";
import { countRemarks, type RemarkCounter } from "../remark.ts";
import { type NlgExample, type Recorded, withRecord } from "./nlg-example.ts";
import { linearizeTriples } from "./triple.ts";
import type { Lexicalization, TripleEntry } from "./triple-entry.ts";

/** An entry with its place. */
export interface PlacedEntry {
  /** The entry. */
  readonly entry: TripleEntry;
  /** Its file. */
  readonly file: string;
  /** Its number there, from 1. */
  readonly number: number;
}

/** Which texts become examples, and where it is counted what does not. */
export interface ExampleSettings {
  /** Counts what is left out. */
  readonly remarks: RemarkCounter;
  /** Whether a text is good enough. Default: all are. */
  readonly isGood?: (text: Lexicalization) => boolean;
  /** The language to take; undefined: the one there is. */
  readonly language?: string | undefined;
}

/** What a text whose language is not marked counts as beside marked ones: WebNLG before 3.0 was English. */
const UNMARKED = "en";

interface PlacedText {
  readonly placed: PlacedEntry;
  readonly text: string;
  readonly language: string;
}

const placeOf = ({ file, number }: PlacedEntry): string => `${file}, entry ${number}`;

function* usableTexts(entries: readonly PlacedEntry[], { remarks, isGood }: ExampleSettings): Generator<PlacedText> {
  for (const placed of entries) {
    const { triples, lexicalizations } = placed.entry;
    const place = placeOf(placed);
    if (lexicalizations.length === 0) remarks.add("no_text", "entries without a text left out", place);
    else if (triples.length === 0) {
      remarks.add("no_triples", "entries without triples left out", place);
      continue;
    }
    for (const lexicalization of lexicalizations) {
      const { text, comment, language } = lexicalization;
      if (isGood?.(lexicalization) === false) {
        remarks.add("not_good", `texts left out, whose comment is ${showValue(comment)} and not "good"`, place);
      } else if (text.trim() === "") remarks.add("empty_text", "empty texts left out", place);
      else yield { placed, text, language };
    }
  }
}

/** Leaves the texts of one language. */
function ofOneLanguage(texts: PlacedText[], path: string, { language, remarks }: ExampleSettings): PlacedText[] {
  const counts = new Map<string, number>();
  for (const { language: one } of texts) counts.set(one, (counts.get(one) ?? 0) + 1);
  if (counts.size <= 1 && (counts.has("") || language === undefined)) {
    if (language !== undefined) {
      const what = `texts taken as ${showValue(language)}, whose language the file does not say`;
      for (const { placed } of texts) remarks.add("unmarked_language", what, placeOf(placed));
    }
    return texts;
  }
  const unmarked = counts.get("") ?? 0;
  counts.delete("");
  if (unmarked > 0) counts.set(UNMARKED, (counts.get(UNMARKED) ?? 0) + unmarked);
  const found = [...counts].map(([one, count]) => `${showValue(one)} (${count} texts)`).join(", ");
  if (language === undefined) {
    if (counts.size === 1) return texts;
    throw new FormatError("mixed_languages", `${path} holds texts in ${found}; say which language to take (--lang)`, {
      details: { path, languages: [...counts.keys()] },
    });
  }
  return texts.filter(({ placed, language: one }) => {
    const own = one === "" ? UNMARKED : one;
    if (own === language) return true;
    remarks.add("other_language", `texts in ${showValue(own)} left out`, placeOf(placed));
    return false;
  });
}

/**
 * One example for each text of each entry, in order.
 *
 * @param path what was read, for errors
 * @throws FormatError `mixed_languages`, `no_texts` where entries give no example
 */
export function examplesOf(
  entries: readonly PlacedEntry[],
  path: string,
  settings: ExampleSettings,
): Recorded<NlgExample> {
  const texts = ofOneLanguage([...usableTexts(entries, settings)], path, settings);
  const remarks = settings.remarks.list();
  if (texts.length === 0 && entries.length > 0) {
    const why = remarks.map(({ message }) => message).join("; ");
    throw new FormatError("no_texts", `${path} holds no text to use: ${why}`, { details: { path } });
  }
  const contexts = new Map<TripleEntry, string>();
  const examples = texts.map(({ placed: { entry }, text }): NlgExample => {
    const { category, triples } = entry;
    const context = contexts.get(entry) ?? linearizeTriples(triples);
    contexts.set(entry, context);
    return { context, text, ...(category === undefined ? {} : { category }) };
  });
  const [first] = texts;
  return withRecord(examples, {
    remarks,
    placeOf: (index) => placeOf((texts[index] as PlacedText).placed),
    language: first === undefined ? undefined : first.language || UNMARKED,
  });
}

/** The triples of an entry as one line. */
export interface TripleContext {
  /** The triples, linearised. */
  readonly context: string;
}

/**
 * The triples of each entry, whether it has a text or not: what a model is prompted with. Each set of triples comes once,
 * in the order in which the sets first appear.
 *
 * @param path what was read, for errors
 * @throws FormatError `no_input` where there are none
 */
export function contextsOf(entries: readonly PlacedEntry[], path: string): Recorded<TripleContext> {
  const remarks = countRemarks();
  const places = new Map<string, string>();
  for (const placed of entries) {
    const { triples } = placed.entry;
    if (triples.length === 0) {
      remarks.add("no_triples", "entries without triples left out", placeOf(placed));
      continue;
    }
    const context = linearizeTriples(triples);
    if (!places.has(context)) places.set(context, placeOf(placed));
  }
  if (places.size === 0) throw new FormatError("no_input", `${path} holds no triples`, { details: { path } });
  const all = [...places.values()];
  const contexts = [...places.keys()].map((context) => ({ context }));
  return withRecord(contexts, { remarks: remarks.list(), placeOf: (index) => all[index] as string });
}
