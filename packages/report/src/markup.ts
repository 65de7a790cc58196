/** HTML that is safe to put into a page as it is. */
export class Markup {
  /** The HTML. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What {@link html} takes between its pieces; `undefined` and `false` stand for nothing. */
export type Content = string | number | Markup | undefined | false | readonly Content[];

/**
 * Template tag for HTML: everything put in is escaped, unless it is {@link Markup} already.
 *
 * Escaped for text and for attribute values in double quotes; not for script, style or unquoted attributes.
 */
export function html(pieces: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return new Markup(pieces.reduce((text, piece, i) => `${text}${render(contents[i - 1])}${piece}`));
}

function render(content: Content): string {
  if (content === undefined || content === false) return "";
  if (content instanceof Markup) return content.text;
  if (typeof content === "object") return content.map(render).join("");
  return escapeHtml(String(content));
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/gu, (character) => entities[character]!).replace(/(?![\t\n\r])\p{Cc}/gu, "\uFFFD");
}
