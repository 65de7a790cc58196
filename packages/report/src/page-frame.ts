import { formatTime } from "./format-number.ts";
import { html, Markup } from "./markup.ts";
import { pageScript, pageScriptHash } from "./page-script.ts";

/** What a page is made of. */
export interface PageParts {
  /** Title of the window. */
  readonly title: string;
  /** Its style. */
  readonly style: string;
  /** Its header and its main part. */
  readonly body: Markup;
  /** When it was made, ISO 8601. */
  readonly created: string;
  /** Whether code on it has buttons that copy it; default no, and then the page may run no script. */
  readonly copies?: boolean;
}

/** A self-contained page: style, pictures and script inside, nothing fetched. @returns the text of an HTML file */
export function pageFrame({ title, style, body, created, copies = false }: PageParts): string {
  const scripts = copies ? `; script-src '${pageScriptHash}'` : "";
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'${new Markup(scripts)}"/>
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
${body}<footer>Made by dylora on <time datetime="${created}">${formatTime(created)}</time>.</footer>
${copies && html`<script>${new Markup(pageScript)}</script>\n`}</body>
</html>
`.text;
}
