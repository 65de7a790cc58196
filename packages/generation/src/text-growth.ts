import type { TextCodec } from "./text-codec.ts";

/** Turns tokens into text as they come. A character may take several tokens: its text comes with the last of them. */
export class TextGrowth {
  readonly #codec: TextCodec;
  /** Tokens since the last place where all text was given out. */
  #ids: number[] = [];
  /** Of these, how many stand before that place: a tokenizer may treat the first token of a text in its own way. */
  #context = 0;
  #given = "";

  /** @param codec decodes the tokens */
  constructor(codec: TextCodec) {
    this.#codec = codec;
  }

  /** Takes a token. Returns the text that is certain with it, often empty in scripts of many bytes a character. */
  push(id: number): string {
    this.#ids.push(id);
    const text = this.#codec.decode(this.#ids);
    // An incomplete character decodes as U+FFFD at the end, and may become anything yet.
    const complete = text.replace(/\uFFFD+$/, "");
    const fresh = this.#take(complete);
    if (complete.length === text.length) {
      // Only the last tokens are decoded again, so that a token costs the same however long the text.
      this.#ids = this.#ids.slice(this.#context);
      this.#context = this.#ids.length;
      this.#given = this.#codec.decode(this.#ids);
    }
    return fresh;
  }

  /** Ends the text. Returns what was held back; bytes that made no character as U+FFFD. */
  finish(): string {
    return this.#take(this.#codec.decode(this.#ids));
  }

  #take(text: string): string {
    const fresh = text.slice(this.#given.length);
    this.#given = text.length > this.#given.length ? text : this.#given;
    return fresh;
  }
}
