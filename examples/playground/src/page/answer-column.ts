import * as Comlink from "comlink";
import type { AdapterReport, Classified, Place, PlaygroundApi, Written } from "../api.ts";
import { classTable, likeliest } from "./class-table.ts";
import { byId, inside, make } from "./elements.ts";
import { describeValues, findValues } from "./find-values.ts";
import { latestOnly } from "./latest-only.ts";
import { count, messageOf } from "./texts.ts";

const perToken = ({ tokens, milliseconds }: Classified | Written): string =>
  tokens === 0 ? "–" : `${(milliseconds / tokens).toFixed(2)} ms (${tokens} tokens)`;

/** A rank slider with the answer at that rank. */
export class AnswerColumn {
  readonly #api: Comlink.Remote<PlaygroundApi>;
  readonly #place: Place;
  readonly #slider: HTMLInputElement;
  readonly #root: HTMLElement;
  readonly #answer: HTMLElement;
  readonly #unread: (tokens: number) => void;
  readonly #classify = latestOnly((text: string, adapter: AdapterReport) => this.#classifyNow(text, adapter));
  #adapter: AdapterReport | undefined;
  #text = "";

  /** @param unread is told how many tokens of a text the model did not read */
  constructor(api: Comlink.Remote<PlaygroundApi>, place: Place, unread: (tokens: number) => void) {
    this.#api = api;
    this.#place = place;
    this.#unread = unread;
    this.#root = byId(place, HTMLElement);
    this.#slider = inside(this.#root, "input", HTMLInputElement);
    this.#answer = inside(this.#root, ".answer", HTMLElement);
    this.#slider.addEventListener("input", () => this.#ask());
  }

  /** Answers to a text with an adapter, at the slider's rank. */
  show(adapter: AdapterReport, text: string): void {
    const { maxRank } = adapter;
    const before = this.#adapter?.maxRank;
    const rank = Number(this.#slider.value);
    this.#slider.max = String(maxRank);
    // The right one stays at the highest rank if that is where it was.
    if (this.#place === "right" && rank === (before ?? rank)) this.#slider.value = String(maxRank);
    this.#adapter = adapter;
    this.#text = text;
    this.#ask();
  }

  #write(selector: string, text: string): void {
    inside(this.#root, selector, HTMLElement).textContent = text;
  }

  #ask(): void {
    const adapter = this.#adapter;
    if (adapter === undefined) return;
    const { parameters, headParameters, task } = adapter;
    const rank = Number(this.#slider.value);
    this.#write("output", `${rank} of ${adapter.maxRank}`);
    const text = this.#text;
    if (text.trim() === "") {
      this.#write(".parameters", "–");
      this.#write(".speed", "–");
      this.#done(make("p", { class: "quiet" }, "Write something above, and the answer stands here."));
      return;
    }
    const head = headParameters === 0 ? "" : `, ${count(headParameters)} of them the head`;
    this.#write(".parameters", `${count(parameters[rank - 1] ?? 0)} of ${count(parameters.at(-1) ?? 0)}${head}`);
    this.#answer.setAttribute("aria-busy", "true");
    if (task === "rating") void this.#classify(text, adapter);
    else void this.#writeNow(text, rank);
  }

  async #classifyNow(text: string, adapter: AdapterReport): Promise<void> {
    const rank = Number(this.#slider.value);
    const isStale = () => this.#adapter !== adapter || this.#text.trim() === "";
    try {
      const classified = await this.#api.classify(text, rank);
      if (isStale()) return;
      this.#done(classTable(classified));
      const { label, probability } = likeliest(classified);
      this.#write(".spoken", `Rank ${rank}: ${label}, ${(100 * probability).toFixed(0)} %`);
      this.#write(".speed", perToken(classified));
      this.#unread(classified.unread);
    } catch (error) {
      if (!isStale()) this.#fail(error);
    }
  }

  async #writeNow(data: string, rank: number): Promise<void> {
    const place = make("p", { class: "written" });
    const show = (written: Written): void => {
      if (!place.isConnected) return;
      place.textContent = written.text;
      this.#write(".speed", perToken(written));
    };
    this.#answer.replaceChildren(place);
    try {
      // Undefined: another call has taken its place.
      const written = await this.#api.write(this.#place, data, rank, Comlink.proxy(show));
      if (written === undefined || !place.isConnected) return;
      show(written);
      const values = findValues(data, written.text);
      const verdict = values === undefined ? "" : describeValues(values);
      const isWhole = values?.missing.length === 0;
      const said = make("p", { class: isWhole ? "quiet values" : "warning values" }, verdict);
      this.#done(place, ...(verdict === "" ? [] : [said]));
      this.#write(".spoken", `Rank ${rank}: ${written.text} ${verdict}`.trim());
      this.#unread(0);
    } catch (error) {
      if (place.isConnected) this.#fail(error);
    }
  }

  #done(...content: Node[]): void {
    this.#answer.replaceChildren(...content);
    this.#answer.setAttribute("aria-busy", "false");
  }

  #fail(error: unknown): void {
    this.#write(".speed", "–");
    this.#done(make("p", { class: "problem", role: "alert" }, messageOf(error)));
  }
}
