import { FormatError } from "@dylora/errors";
import type { Triple } from "./triple.ts";

/** A text for the triples of an entry. */
export interface Lexicalization {
  /** The text. */
  readonly text: string;
  /**
   * WebNLG: the annotators' verdict (`good`, `toFix`), empty where they gave none; DART: where the text comes from.
   */
  readonly comment: string;
  /** WebNLG from 3.0 on: the text's language (`en`, `ru`). Empty where the file does not say. */
  readonly language: string;
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

/** The error of an entry that is not what it should be. */
export function badEntry(file: string, place: string, problem: string): FormatError {
  return new FormatError("bad_entry", `${file}, ${place}: ${problem}`, { details: { path: file, place } });
}
