/** Counts examples that something happens to, and says so. */
export interface ExampleCount {
  /** One more, at this place. */
  add(place: string): void;
  /** Says how many of how many, if any. */
  tell(what: string, of: number): void;
}

/** Counts examples of a split. */
export function countExamples(title: string, note: (line: string) => void): ExampleCount {
  let count = 0;
  let first = "";
  return {
    add(place) {
      if (count === 0) first = place;
      count++;
    },
    tell(what, of) {
      if (count > 0) note(`${title}: ${count} of ${of} examples ${what}${first === "" ? "" : `; the first: ${first}`}`);
    },
  };
}
