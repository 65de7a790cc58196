import fc from "fast-check";
import { expect, test } from "vitest";
import { parsedElements } from "./fixtures/xml-elements.ts";
import { html, Markup } from "./markup.ts";

test("texts are escaped, markup and lists of it are put in as they are, nothing stands for nothing", () => {
  const item = (text: string) => html`<li>${text}</li>`;
  expect(html`<ul>${["<a>", "b & c"].map(item)}${undefined}${false}${3}</ul>`.text).toBe(
    "<ul><li>&lt;a&gt;</li><li>b &amp; c</li>3</ul>",
  );
  expect(html`${new Markup("<br/>")}`.text).toBe("<br/>");
});

test("any text comes back from content and attributes as it went in", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const [element] = parsedElements(html`<p title="${text}">${text}</p>`.text);
      // XML itself turns line ends into \n (in attributes, white space into blanks) and knows no noncharacters.
      const plain = (value: string) => value.replace(/\s/gu, " ");
      expect(plain(element!.text)).toBe(plain(shown(text)));
      expect(plain(element!.attributes["title"]!)).toBe(plain(shown(text)));
    }),
  );
});

/** Control characters show as the replacement character. */
function shown(text: string): string {
  return text.replace(/\r\n/gu, "\n").replace(/(?![\t\n\r])\p{Cc}/gu, "\uFFFD");
}
