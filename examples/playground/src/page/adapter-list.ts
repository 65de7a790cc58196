import type { AdapterReport, TaskName } from "../api.ts";
import { type AdapterShelf, COMES_WITH_PAGE } from "./adapter-shelf.ts";
import { onPress, setEnabled } from "./button.ts";
import { byId, make } from "./elements.ts";

const whenMade = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

/** What the list tells the page. */
export interface ListEvents {
  /** Another adapter was chosen. */
  chosen(id: string): void;
  /** The adapter in use is to be deleted. */
  deleted(id: string): void;
}

/** The list of the adapters for a model: the one that comes with the page, and those that were trained or loaded here. */
export class AdapterList {
  readonly #shelf: AdapterShelf;
  readonly #select = byId("adapter", HTMLSelectElement);
  readonly #forget = byId("forget", HTMLButtonElement);
  #shown = "";

  constructor(shelf: AdapterShelf, events: ListEvents) {
    this.#shelf = shelf;
    this.#select.addEventListener("change", () => events.chosen(this.#select.value));
    onPress(this.#forget, () => {
      const name = shelf.find(this.#shown)?.name;
      if (name !== undefined && confirm(`Delete “${name}”? It cannot be brought back.`)) events.deleted(this.#shown);
    });
  }

  /** Shows the adapters for a task, and which of them is in use. */
  show(task: TaskName, id: string): void {
    this.#shown = id;
    const options = this.#shelf
      .list(task)
      .map((kept) => make("option", { value: kept.id }, `${kept.name}, ${whenMade.format(kept.since)}`));
    this.#select.replaceChildren(make("option", { value: COMES_WITH_PAGE }, "Comes with the page"), ...options);
    this.#select.value = id;
    setEnabled(this.#forget, id !== COMES_WITH_PAGE);
  }

  /** Shows again what is in use, where another choice was not followed. */
  restore(): void {
    this.#select.value = this.#shown;
  }
}

/** What an adapter is, for people. */
export const describeAdapter = ({ maxRank }: AdapterReport): string =>
  maxRank === 1 ? "In use at rank 1." : `In use at every rank from 1 to ${maxRank}.`;
