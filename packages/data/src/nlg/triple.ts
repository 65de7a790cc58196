import { strip } from "../strip.ts";

/** One fact: `Aarhus | leaderName | Jacob_Bundsgaard`. */
export interface Triple {
  /** What the fact is about. */
  readonly subject: string;
  /** Property of the subject. */
  readonly relation: string;
  /** Value of the property. */
  readonly object: string;
}

/** Reads `subject | relation | object`, as the XML files of WebNLG and DART write a triple; undefined if it is none. */
export function parseTriple(text: string): Triple | undefined {
  const [subject, relation, ...object] = text.split("|").map(strip);
  if (relation === undefined || object.length === 0) return undefined;
  return { subject: subject!, relation, object: object.join(" | ") };
}

/** Triples as microsoft/LoRA writes them: `s : p : o | s : p : o`. */
export const linearizeTriples = (triples: readonly Triple[]): string =>
  triples.map(({ subject, relation, object }) => `${subject} : ${relation} : ${object}`).join(" | ");
