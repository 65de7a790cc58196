import type * as Comlink from "comlink";
import type { AdapterReport, PlaygroundApi } from "../api.ts";
import { AnswerColumn } from "./answer-column.ts";
import { byId } from "./elements.ts";
import { starters } from "./starters.ts";
import { counted } from "./texts.ts";

/** The panel with the text and the answers at two ranks. */
export class TryPanel {
  readonly #text = byId("text", HTMLTextAreaElement);
  readonly #note = byId("text-note", HTMLElement);
  readonly #columns: readonly AnswerColumn[];
  #adapter: AdapterReport | undefined;

  constructor(api: Comlink.Remote<PlaygroundApi>) {
    const unread = (tokens: number) => this.#say(tokens);
    this.#columns = [new AnswerColumn(api, "left", unread), new AnswerColumn(api, "right", unread)];
    this.#text.addEventListener("input", () => this.#ask());
  }

  /** Puts another adapter to use; the text stays unless it is for something else. */
  show(adapter: AdapterReport): void {
    if (this.#adapter?.task !== adapter.task) {
      this.#text.value = starters[adapter.task].text;
      byId("text-label", HTMLElement).textContent = starters[adapter.task].label;
    }
    this.#adapter = adapter;
    this.#ask();
  }

  #ask(): void {
    if (this.#adapter === undefined) return;
    if (this.#text.value.trim() === "") this.#say(0);
    for (const column of this.#columns) column.show(this.#adapter, this.#text.value);
  }

  #say(unread: number): void {
    const text =
      unread === 0
        ? ""
        : `The text is too long for the model: the last ${counted(unread, "token")} of it are not read.`;
    this.#note.textContent = text;
    this.#note.hidden = text === "";
  }
}
