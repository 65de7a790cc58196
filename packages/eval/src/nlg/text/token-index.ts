/** Gives every distinct token a small integer, so that metrics compare and hash numbers. */
export class TokenIndex {
  readonly #ids = new Map<string, number>();

  /** Ids `[tokens]` of the tokens, new tokens numbered upwards from 0. */
  encode(tokens: readonly string[]): Int32Array {
    const ids = new Int32Array(tokens.length);
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i]!;
      let id = this.#ids.get(token);
      if (id === undefined) {
        id = this.#ids.size;
        this.#ids.set(token, id);
      }
      ids[i] = id;
    }
    return ids;
  }

  /** Id of a token, or −1 when it was never encoded. */
  find(token: string): number {
    return this.#ids.get(token) ?? -1;
  }

  /** For each id the place of its token when all tokens are sorted by code point, as Python sorts strings. */
  ranks(): Int32Array {
    const ranks = new Int32Array(this.#ids.size);
    [...this.#ids]
      .sort(([a], [b]) => compareCodePoints(a, b))
      .forEach(([, id], rank) => {
        ranks[id] = rank;
      });
    return ranks;
  }
}

/** A corpus as token ids. Equal texts share one array. */
export interface EncodedCorpus {
  /** Token ids of each hypothesis. */
  readonly hypotheses: readonly Int32Array[];
  /** Token ids of each reference of each instance. */
  readonly references: readonly (readonly Int32Array[])[];
  /** The numbering. */
  readonly index: TokenIndex;
}

/** Tokenises and numbers a corpus; every distinct text is tokenised once. */
export function encodeCorpus(
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  tokenize: (text: string) => readonly string[],
): EncodedCorpus {
  const index = new TokenIndex();
  const encode = memoize((text: string) => index.encode(tokenize(text)));
  return {
    hypotheses: hypotheses.map(encode),
    references: references.map((group) => group.map(encode)),
    index,
  };
}

/** A function of a string that computes each distinct argument once. */
export function memoize<T>(compute: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    let value = known.get(text);
    if (value === undefined) {
      value = compute(text);
      known.set(text, value);
    }
    return value;
  };
}

/** Order of code points; JavaScript compares UTF-16 units, which puts U+10000 and above before U+E000. */
function compareCodePoints(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  const k = left.findIndex((point, i) => point !== right[i]);
  if (k < 0) return left.length - right.length;
  return right[k] === undefined ? 1 : left[k]!.codePointAt(0)! - right[k]!.codePointAt(0)!;
}
