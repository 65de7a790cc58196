import { html, type Markup } from "./markup.ts";

/** A section of the page under a heading. */
export function section(id: string, title: string, content: Markup): Markup {
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
${content}
</section>
`;
}

/** A picture with its caption. */
export function figure(chart: Markup, caption: Markup): Markup {
  return html`<figure>${chart}<figcaption>${caption}</figcaption></figure>`;
}

/** A command that breaks between its words only: left alone, browsers break behind hyphens too. */
export function shell(command: string): Markup {
  const words = command.split(" ").map((word, i) => html`${i > 0 && " "}<span>${word}</span>`);
  return html`<div class="code"><pre class="shell"><code>${words}</code></pre></div>`;
}

/** Code that scrolls sideways by itself. */
export function code(text: string, label: string): Markup {
  return html`<div class="code"><pre role="group" tabindex="0" aria-label="${label}"><code>${text}</code></pre></div>`;
}
