import type { AddedToken } from "./added-token.ts";

/** The ids that the model of a tokenizer gives. */
export interface ModelVocabulary {
  /** Tokens in it. */
  readonly size: number;
  /** Id of a token. */
  idOf(token: string): number | undefined;
}

/** A stretch of a text: an added token by its id, or text that is still to be cut. */
export type Section = number | string;

interface TrieNode {
  readonly next: Map<string, TrieNode>;
  id?: number;
}

const node = (): TrieNode => ({ next: new Map() });

function put(root: TrieNode, pattern: string, id: number): void {
  let at = root;
  for (let i = 0; i < pattern.length; i++) {
    const unit = pattern[i] as string;
    const below = at.next.get(unit) ?? node();
    at.next.set(unit, below);
    at = below;
  }
  at.id ??= id;
}

/** The longest pattern that begins at a place. */
function longestAt(
  root: TrieNode,
  text: string,
  from: number,
): { readonly id: number; readonly end: number } | undefined {
  let at: TrieNode | undefined = root;
  let found: { id: number; end: number } | undefined;
  for (let i = from; i < text.length; i++) {
    at = at.next.get(text[i] as string);
    if (at === undefined) break;
    if (at.id !== undefined) found = { id: at.id, end: i + 1 };
  }
  return found;
}

const startsWithWord = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;
const endsWithWord = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u;
const whiteSpace = /\p{White_Space}/u;

/** Tokens added to a model's vocabulary, with the rules of Hugging Face's Rust library for their ids and their finding. */
export class AddedVocabulary {
  readonly #model: ModelVocabulary;
  readonly #ids = new Map<string, number>();
  readonly #tokens = new Map<number, AddedToken>();
  readonly #special = new Map<string, AddedToken>();
  readonly #shown = new Map<number, string>();
  #largest = -1;
  #raw = node();
  #normalized = node();

  constructor(model: ModelVocabulary) {
    this.#model = model;
  }

  /**
   * Adds tokens. One that the model knows keeps the model's id; others get the ids after the vocabulary, one by one,
   * whatever id a file gives them. Of several with the same text the last one's flags count, but one special among them
   * makes it so.
   */
  add(tokens: readonly AddedToken[]): void {
    for (const token of tokens) {
      if (token.content === "") continue;
      if (token.special && !this.#special.has(token.content)) this.#special.set(token.content, token);
      const known = this.#ids.get(token.content) ?? this.#model.idOf(token.content);
      const id = known ?? Math.max(this.#largest + 1, this.#model.size);
      this.#ids.set(token.content, id);
      this.#tokens.set(id, token);
      this.#largest = Math.max(this.#largest, id);
    }
  }

  /**
   * Gets ready to look for the tokens.
   *
   * @param normalize how the tokenizer normalises texts
   * @param splitSpecial true: special tokens are cut like any text
   */
  prepare(normalize: (text: string) => string, splitSpecial: boolean): void {
    this.#raw = node();
    this.#normalized = node();
    for (const [id, { content, normalized }] of this.#tokens) {
      this.#shown.set(id, normalized ? normalize(content) : content);
    }
    for (const token of [...this.#special.values(), ...this.#tokens.values()]) {
      if (splitSpecial && this.isSpecial(token.content)) continue;
      const id = this.#ids.get(token.content) as number;
      if (token.normalized) put(this.#normalized, normalize(token.content), id);
      else put(this.#raw, token.content, id);
    }
  }

  /** Id of an added token. */
  idOf(token: string): number | undefined {
    return this.#ids.get(token);
  }

  /** What `decode` takes for the added token of an id: its text, normalised where it is looked for in that form. */
  tokenOf(id: number): string | undefined {
    return this.#shown.get(id);
  }

  /** Whether `decode` leaves a token out. */
  isSpecial(token: string): boolean {
    return this.#special.has(token);
  }

  /** Added tokens that the model does not know. */
  get beyondModel(): number {
    return [...this.#ids.keys()].filter((token) => this.#model.idOf(token) === undefined).length;
  }

  /** Every token with its id. */
  entries(): IterableIterator<[string, number]> {
    return this.#ids.entries();
  }

  /** Cuts a text at the tokens that are looked for before it is normalised. */
  splitRaw(text: string): Section[] {
    return this.#split(text, this.#raw);
  }

  /** Cuts a normalised text at the others. */
  splitNormalized(text: string): Section[] {
    return this.#split(text, this.#normalized);
  }

  #split(text: string, trie: TrieNode): Section[] {
    if (trie.next.size === 0) return text === "" ? [] : [text];
    const sections: Section[] = [];
    let from = 0;
    for (let at = 0; at < text.length; ) {
      const match = longestAt(trie, text, at);
      if (match === undefined) {
        at++;
        continue;
      }
      const bounds = this.#boundsOf(text, at, match.end, match.id, from);
      at = match.end;
      if (bounds === undefined) continue;
      if (from < bounds.start) sections.push(text.slice(from, bounds.start));
      sections.push(match.id);
      from = bounds.end;
    }
    if (from < text.length) sections.push(text.slice(from));
    return sections;
  }

  /** What a match takes in; undefined for one that stands inside a word and must not. */
  #boundsOf(text: string, start: number, end: number, id: number, free: number) {
    const token = this.#tokens.get(id) as AddedToken;
    if (token.singleWord) {
      // Two code units before and after hold a whole character.
      const before = text.slice(Math.max(0, start - 2), start);
      if (endsWithWord.test(before) || startsWithWord.test(text.slice(end, end + 2))) return undefined;
    }
    let [from, to] = [start, end];
    if (token.lstrip) while (from > free && whiteSpace.test(text[from - 1] as string)) from--;
    if (token.rstrip) while (to < text.length && whiteSpace.test(text[to] as string)) to++;
    return { start: from, end: to };
  }
}
