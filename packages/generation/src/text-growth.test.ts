import { byteLevelBpe, createTokenizer } from "@dylora/data";
import fc from "fast-check";
import { expect, test } from "vitest";
import { TextGrowth } from "./text-growth.ts";

/** A codec whose tokens are bytes. */
const bytes = {
  encode: (text: string) => [...new TextEncoder().encode(text)],
  decode: (ids: ArrayLike<number>) => new TextDecoder().decode(Uint8Array.from(ids)),
};

function pieces(ids: readonly number[], codec = bytes): string[] {
  const growth = new TextGrowth(codec);
  return [...ids.map((id) => growth.push(id)), growth.finish()];
}

test("a character of several tokens comes with the last of them", () => {
  expect(pieces(bytes.encode("aé€🙂b"))).toEqual(["a", "", "é", "", "", "€", "", "", "", "🙂", "b", ""]);
});

test("bytes that make no character come as U+FFFD once that is certain", () => {
  expect(pieces([0xe2, 0x82, 0x61]).join("")).toBe("\uFFFDa");
  expect(pieces([0x61, 0xe2, 0x82])).toEqual(["a", "", "", "\uFFFD"]);
});

test("the pieces are the whole text, whatever the tokens", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 255 })), (ids) => {
      expect(pieces(ids).join("")).toBe(bytes.decode(ids));
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(pieces(bytes.encode(text)).join("")).toBe(bytes.decode(bytes.encode(text)));
    }),
  );
});

test("few tokens are decoded for each one, however long the text", () => {
  let most = 0;
  const decode = (ids: ArrayLike<number>) => {
    most = Math.max(most, ids.length);
    return bytes.decode(ids);
  };
  expect(pieces(bytes.encode("üx".repeat(200)), { ...bytes, decode }).join("")).toBe("üx".repeat(200));
  expect(most).toBeLessThan(8);
});

test("with a byte-level BPE tokenizer whose tokens cut characters", () => {
  const vocab = { "<|endoftext|>": 0, Ã: 1, "©": 2, h: 3, Ġ: 4 };
  const tokenizer = createTokenizer(byteLevelBpe({ vocab, merges: [] }));
  expect(pieces([3, 1, 2, 4, 3], tokenizer as unknown as typeof bytes)).toEqual(["h", "", "é", " ", "h", ""]);
});
