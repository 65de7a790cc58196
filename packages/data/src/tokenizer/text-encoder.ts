import type { AddedVocabulary } from "./added-vocabulary.ts";
import type { InnerTokenizer } from "./inner-tokenizer.ts";

/** The ids of a text's own tokens: added tokens are found first, then what lies between is cut by the model. */
export function ownIdsOf(inner: InnerTokenizer, added: AddedVocabulary): (text: string) => number[] {
  const { model, normalizer, pre_tokenizer: words } = inner;
  const cut = (piece: string, section: number): number[] => {
    // A word at a time: unknown tokens of neighbouring words are not one.
    const tokens = (words === null ? [piece] : words(piece, { section_index: section })).flatMap((word) =>
      model([word]),
    );
    return tokens.flatMap((token) => model.tokens_to_ids.get(token) ?? model.unk_token_id ?? []);
  };
  return (text) =>
    added.splitRaw(text).flatMap((section, index) => {
      if (typeof section === "number") return [section];
      const pieces = added.splitNormalized(normalizer === null ? section : normalizer(section));
      return pieces.flatMap((piece, at) => (typeof piece === "number" ? [piece] : cut(piece, index + at)));
    });
}

/** Byte of each character that byte-level vocabularies write bytes as (GPT-2's table). */
const byteOf: ReadonlyMap<string, number> = (() => {
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  let others = 0;
  return new Map(
    Array.from(
      { length: 256 },
      (_, byte) => [String.fromCodePoint(printable(byte) ? byte : 256 + others++), byte] as const,
    ),
  );
})();

/** Bytes of tokens; one with a character that stands for no byte is taken as text, as in the Rust library. */
function decodeBytes(tokens: readonly string[]): string {
  const utf8 = new TextEncoder();
  const bytes = tokens.flatMap((token) => {
    const own = [...token].map((character) => byteOf.get(character));
    return own.includes(undefined) ? [...utf8.encode(token)] : (own as number[]);
  });
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(bytes));
}

/**
 * The text of tokens.
 *
 * @param decoder that of the `tokenizer.json`
 */
export function textOf(
  inner: InnerTokenizer,
  decoder: Readonly<Record<string, unknown>> | null,
  tokens: string[],
): string {
  if (decoder?.["type"] === "ByteLevel") return decodeBytes(tokens);
  return inner.decoder === null ? tokens.join(" ") : inner.decoder(tokens);
}
