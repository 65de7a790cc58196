import type { TripleEntry } from "./triple-entry.ts";

/** The entry with its relations in lower case (`JOINED` becomes `joined`), as microsoft/LoRA writes DART. */
export const lowerCaseRelations = (entry: TripleEntry): TripleEntry => ({
  ...entry,
  triples: entry.triples.map((triple) => ({ ...triple, relation: triple.relation.toLowerCase() })),
});
