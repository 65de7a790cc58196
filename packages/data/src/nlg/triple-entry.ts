import { FormatError } from "@dylora/errors";
import type { NlgExample } from "./nlg-example.ts";
import { linearizeTriples, type Triple } from "./triple.ts";

/** A text for the triples of an entry. */
export interface Lexicalization {
  /** The text. */
  readonly text: string;
  /** WebNLG: the annotators' verdict (`good`, `toFix`); DART: where the text comes from. */
  readonly comment: string;
}

/** Triples with the texts written for them: one entry of WebNLG or DART. */
export interface TripleEntry {
  /** Topic; undefined in DART's JSON. */
  readonly category: string | undefined;
  /** The facts. */
  readonly triples: readonly Triple[];
  /** Their texts. */
  readonly lexicalizations: readonly Lexicalization[];
}

/** One example for each text of each entry, in order. */
export function examplesOf(entries: readonly TripleEntry[]): NlgExample[] {
  return entries.flatMap(({ category, triples, lexicalizations }) => {
    const context = linearizeTriples(triples);
    return lexicalizations.map(({ text }) => ({ context, text, ...(category === undefined ? {} : { category }) }));
  });
}

/** The error of an entry that is not what it should be. */
export function badEntry(file: string, place: string, problem: string): FormatError {
  return new FormatError("bad_entry", `${file}, ${place}: ${problem}`, { details: { path: file, place } });
}
