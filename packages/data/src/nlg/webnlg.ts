import type { TripleEntry } from "./triple-entry.ts";

/** The ten topics of WebNLG 2017's training set; its test set has five more, the unseen ones. */
export const WEBNLG_SEEN_CATEGORIES: readonly string[] = [
  "Airport",
  "Astronaut",
  "Building",
  "City",
  "ComicsCharacter",
  "Food",
  "Monument",
  "SportsTeam",
  "University",
  "WrittenWork",
];

/** Whether a topic occurs in WebNLG 2017's training set: the seen half of the test set, for scores by half. */
export const isSeenCategory = (category: string | undefined): boolean =>
  category !== undefined && WEBNLG_SEEN_CATEGORIES.includes(category);

/** The entry with the texts alone that the annotators called good, as microsoft/LoRA keeps them. */
export const keepGood = (entry: TripleEntry): TripleEntry => ({
  ...entry,
  lexicalizations: entry.lexicalizations.filter(({ comment }) => comment === "good"),
});
