import * as Comlink from "comlink";
import type { AdapterReport, Classified, PlaygroundApi, TaskName, Written } from "../api.ts";
import { byId, count, make, messageOf } from "./elements.ts";
import { latestOnly } from "./latest-only.ts";

const starters: Readonly<Record<TaskName, { label: string; text: string }>> = {
  rating: { label: "Sentence", text: "The Rice Boat serves Japanese food by the river. Customers rate it 3 out of 5." },
  writing: { label: "Data", text: "name[The Golden Palace], eatType[coffee shop], food[Chinese], area[city centre]" },
};

/** A table of the classes with bars. */
function classTable({ classes }: Classified): HTMLElement {
  const highest = Math.max(...classes.map(({ logit }) => logit));
  const rows = classes.map(({ label, logit, probability }) => {
    const bar = make("div", { class: "bar", style: `width: ${(100 * probability).toFixed(1)}%` });
    return make(
      "tr",
      logit === highest ? { class: "likeliest" } : {},
      make("th", { scope: "row" }, label),
      make("td", { class: "bars" }, bar),
      make("td", { class: "number" }, `${(100 * probability).toFixed(1)} %`),
      make("td", { class: "number", "data-logit": String(logit) }, logit.toFixed(3)),
    );
  });
  const head = ["Class", "", "Probability", "Logit"].map((title, column) =>
    title === "" ? make("td") : make("th", { scope: "col", class: column > 1 ? "number" : "" }, title),
  );
  return make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
}

const perToken = ({ tokens, milliseconds }: Classified | Written): string =>
  tokens === 0 ? "–" : `${(milliseconds / tokens).toFixed(2)} ms (${tokens} tokens)`;

/** The panel with the text, the rank slider and the answer. */
export class TryPanel {
  readonly #api: Comlink.Remote<PlaygroundApi>;
  readonly #text = byId("text", HTMLTextAreaElement);
  readonly #rank = byId("rank", HTMLInputElement);
  readonly #answer = byId("answer", HTMLElement);
  #adapter: AdapterReport | undefined;
  readonly #classify = latestOnly((text: string, rank: number) => this.#classifyNow(text, rank));

  constructor(api: Comlink.Remote<PlaygroundApi>) {
    this.#api = api;
    this.#rank.addEventListener("input", () => this.ask());
    this.#text.addEventListener("input", () => this.ask());
  }

  /** Rank of the slider. */
  get rank(): number {
    return Number(this.#rank.value);
  }

  /** Puts another adapter to use; the text stays unless it is for something else. */
  show(adapter: AdapterReport): void {
    const { task, maxRank } = adapter;
    if (this.#adapter?.task !== task) {
      this.#text.value = starters[task].text;
      byId("text-label", HTMLElement).textContent = starters[task].label;
    }
    const before = this.#adapter === undefined ? maxRank : this.rank;
    this.#adapter = adapter;
    this.#rank.max = String(maxRank);
    this.#rank.value = String(Math.min(before, maxRank));
    this.#rank.disabled = false;
    this.ask();
  }

  /** Asks for an answer at the slider's rank. */
  ask(): void {
    if (this.#adapter === undefined) return;
    const { task, maxRank, parameters, headParameters } = this.#adapter;
    const { rank } = this;
    byId("rank-value", HTMLOutputElement).value = `${rank} of ${maxRank}`;
    byId("download-rank-value", HTMLElement).textContent = String(rank);
    const head = headParameters === 0 ? "" : `, ${count(headParameters)} of them the head`;
    byId("parameters", HTMLElement).textContent =
      `${count(parameters[rank - 1] ?? 0)} of ${count(parameters.at(-1) ?? 0)}${head}`;
    const text = this.#text.value;
    if (text.trim() === "") {
      this.#done();
      return;
    }
    this.#answer.setAttribute("aria-busy", "true");
    void (task === "rating" ? this.#classify(text, rank) : this.#write(text, rank));
  }

  async #classifyNow(text: string, rank: number): Promise<void> {
    try {
      const classified = await this.#api.classify(text, rank);
      if (this.#adapter?.task !== "rating") return;
      this.#done(classTable(classified));
      const best = classified.classes.reduce((a, b) => (b.logit > a.logit ? b : a));
      this.#say(`Rank ${rank}: ${best.label}, ${(100 * best.probability).toFixed(0)} %`);
      byId("speed", HTMLElement).textContent = perToken(classified);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #write(text: string, rank: number): Promise<void> {
    const place = make("p", { class: "written" });
    const show = (written: Written): void => {
      place.textContent = written.text;
      byId("speed", HTMLElement).textContent = perToken(written);
    };
    this.#answer.replaceChildren(place);
    try {
      // Undefined: another call has taken its place.
      const written = await this.#api.write(text, rank, Comlink.proxy(show));
      if (written === undefined || !place.isConnected) return;
      show(written);
      this.#done(place);
      this.#say(`Rank ${rank}: ${written.text}`);
    } catch (error) {
      if (place.isConnected) this.#fail(error);
    }
  }

  #done(...content: Node[]): void {
    this.#answer.replaceChildren(...content);
    this.#answer.setAttribute("aria-busy", "false");
  }

  /** Tells screen readers. */
  #say(text: string): void {
    byId("spoken", HTMLElement).textContent = text;
  }

  #fail(error: unknown): void {
    this.#done(make("p", { class: "problem" }, messageOf(error)));
    this.#say(messageOf(error));
  }
}
