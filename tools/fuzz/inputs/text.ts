import fc from "fast-check";
import { hostileText } from "./hostile.ts";

const tokenEdit = (hostile: fc.Arbitrary<string>) =>
  fc.record({
    at: fc.nat(1_000_000),
    other: fc.nat(1_000_000),
    kind: fc.constantFrom("set", "set", "remove", "repeat", "swap", "insert", "many"),
    text: hostile,
    times: fc.constantFrom(2, 5, 50, 3_000),
  });

/** A text cut into tokens, some of them replaced, removed, repeated or exchanged. */
function editedTokens(tokens: readonly string[], hostile: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.array(tokenEdit(hostile), { minLength: 1, maxLength: 4 }).map((edits) => {
    const parts = [...tokens];
    for (const { at, other, kind, text, times } of edits) {
      const [i, j] = [at % Math.max(1, parts.length), other % Math.max(1, parts.length)];
      if (kind === "set") parts[i] = text;
      else if (kind === "remove") parts.splice(i, 1 + (other % 3));
      else if (kind === "repeat") parts.splice(j, 0, parts[i] ?? "");
      else if (kind === "insert") parts.splice(i, 0, text);
      else if (kind === "many") parts[i] = (parts[i] ?? "").slice(0, 40).repeat(times);
      else [parts[i], parts[j]] = [parts[j] ?? "", parts[i] ?? ""];
    }
    return parts.join("");
  });
}

/** Tables and lines: cells, separators and line ends are the tokens. */
export const lineText = (example: string): fc.Arbitrary<string> =>
  editedTokens(
    example.split(/([\t,\n|" ])/),
    fc.oneof(
      hostileText,
      fc.constantFrom('"', '""', ",", "\t", "\n", "\r", "\r\n", "||", "\n\n\n", '"\n', "\\", "-1", "1e400"),
    ),
  );

const xmlPieces = [
  "<a>",
  "</a>",
  "<a/>",
  "&lol;",
  "&#0;",
  "&#xD800;",
  "&amp;",
  "<!DOCTYPE a [<!ENTITY lol 'lol'>]>",
  "<!-- -->",
  "<!--",
  "<![CDATA[ x ]]>",
  "<![CDATA[",
  "<?xml version='1.0' encoding='utf-16'?>",
  "<?php ?>",
  "<entry category='a' eid='1' __proto__='x'>",
  "<lex>",
  "<mtriple>a | b</mtriple>",
  "]]>",
] as const;

const xmlHostile = fc.oneof(
  fc.constantFrom(...xmlPieces),
  hostileText,
  fc.constantFrom(500, 2_500, 100_000).map((depth) => "<a>".repeat(depth)),
  fc.constantFrom(500, 2_500).map((depth) => "<a>".repeat(depth) + "</a>".repeat(depth)),
);

/** XML: tags and what stands between them are the tokens. */
export const xmlText = (example: string): fc.Arbitrary<string> =>
  editedTokens(example.match(/<[^>]*>|[^<]+/g) ?? [example], xmlHostile);
