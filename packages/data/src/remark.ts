/**
 * Something that a reader did with a file and that the person who gave the file should know: rows or texts it left out,
 * or took although they look odd.
 */
export interface Remark {
  /** Stable name of the kind, for instance `not_good`. */
  readonly code: string;
  /** How many rows or texts. */
  readonly count: number;
  /** One sentence with the count, the file and the place of the first. */
  readonly message: string;
}

/** Counts what is remarked upon while a file is read. */
export interface RemarkCounter {
  /**
   * Counts one more row or text of a kind.
   *
   * @param code the kind
   * @param what what is remarked, after the count: `texts that …`
   * @param place where it stands; the first of a kind is named
   */
  add(code: string, what: string, place: string): void;
  /** Everything counted, in the order of the first of each kind. */
  list(): Remark[];
}

/** What is remarked, of one: `rows have no label` becomes `row has no label`. */
const ofOne = (what: string): string =>
  what
    .replace(/^((?:empty )?(?:row|text|file))s\b( have\b)?/, (_, noun, verb) =>
      verb === undefined ? noun : `${noun} has`,
    )
    .replace(/^entries\b/, "entry");

/** A {@link RemarkCounter} that has counted nothing yet. */
export function countRemarks(): RemarkCounter {
  const kinds = new Map<
    string,
    { readonly code: string; readonly what: string; readonly place: string; count: number }
  >();
  return {
    add(code, what, place) {
      const key = `${code} ${what}`;
      const kind = kinds.get(key);
      if (kind !== undefined) kind.count += 1;
      else kinds.set(key, { code, what, place, count: 1 });
    },
    list: () =>
      [...kinds.values()].map(({ code, what, place, count }) => ({
        code,
        count,
        message: `${count} ${count === 1 ? ofOne(what) : what} (${count === 1 ? "" : "first: "}${place})`,
      })),
  };
}
