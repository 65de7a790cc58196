import type { Remark } from "../remark.ts";

/** One pair of a data-to-text task: data as text, and one text that says it. */
export interface NlgExample {
  /** The data, linearised. */
  readonly context: string;
  /** One text for it. */
  readonly text: string;
  /** Topic of the data, where the data set names one (WebNLG, DART's XML). */
  readonly category?: string;
}

/** What a reader tells about the examples it gives: what it left out, and where each one stands. */
export interface ReadingRecord {
  /** What was left out or looks odd, each kind with its count. */
  readonly remarks: readonly Remark[];
  /** File and line or entry of an example, by its position. */
  readonly placeOf: (index: number) => string;
  /** The language of the texts, where the data set has several: WebNLG's (`en`, `ru`). */
  readonly language?: string | undefined;
}

/** A list with its {@link ReadingRecord}, which `JSON.stringify`, spreading and comparison leave aside. */
export type Recorded<Item> = Item[] & ReadingRecord;

/** Gives a list its record. */
export function withRecord<Item>(items: Item[], { remarks, placeOf, language }: ReadingRecord): Recorded<Item> {
  const record = { remarks: { value: remarks }, placeOf: { value: placeOf }, language: { value: language } };
  return Object.defineProperties(items, record) as Recorded<Item>;
}

/** All texts that a data set gives for one context. */
export interface ReferenceGroup {
  /** The data, linearised. */
  readonly context: string;
  /** Its texts in the order of the data set, repeated ones included. */
  readonly references: readonly string[];
  /** Topic of the data, as its first example names it. */
  readonly category?: string;
}

/**
 * Gathers the references of each context, for scoring against several of them: by the exact context string, over the
 * whole data set, in the order in which contexts first appear (as microsoft/LoRA's `gpt2_decode.py`).
 *
 * @example
 * ```ts
 * import { groupReferences } from "@dylora/data";
 *
 * const examples = [
 *   { context: "name : Aromi", text: "Aromi." },
 *   { context: "name : Cocum", text: "Cocum." },
 *   { context: "name : Aromi", text: "It is Aromi." },
 * ];
 * console.log(groupReferences(examples)[0]?.references); // ["Aromi.", "It is Aromi."]
 * ```
 */
export function groupReferences(examples: Iterable<NlgExample>): ReferenceGroup[] {
  const groups = new Map<string, ReferenceGroup & { readonly references: string[] }>();
  for (const { context, text, category } of examples) {
    const group = groups.get(context);
    if (group !== undefined) group.references.push(text);
    else groups.set(context, { context, references: [text], ...(category === undefined ? {} : { category }) });
  }
  return [...groups.values()];
}
