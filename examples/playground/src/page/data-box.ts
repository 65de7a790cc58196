import type { TaskName } from "../api.ts";
import { byId } from "./elements.ts";
import { Notice } from "./notice.ts";
import { type ReadRows, readRows } from "./read-rows.ts";

/** Most bytes of a file: more than a browser trains on in an hour. */
const LARGEST = 5_000_000;

const help: Readonly<Record<TaskName, string>> = {
  rating:
    "One line for each sentence: the sentence, then “ => ”, a comma or a tab, then its class. A CSV file may have a first line with “text” and “label”.",
  writing:
    "One line for each sentence: the data, then “ => ”, a comma or a tab, then the sentence. A CSV file may have a first line with “mr” and “ref”, or “data” and “sentence”.",
};

/** The box with the lines to train on: typed, pasted, or from a file. It says at once what it reads in them. */
export class DataBox {
  readonly #lines = byId("lines", HTMLTextAreaElement);
  readonly #file = byId("data-file", HTMLInputElement);
  readonly #notice = new Notice("lines");
  #task: TaskName = "rating";
  #waiting: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.#lines.addEventListener("input", () => {
      clearTimeout(this.#waiting);
      this.#waiting = setTimeout(() => this.read(), 400);
    });
    this.#file.addEventListener("change", () => {
      const [file] = this.#file.files ?? [];
      if (file !== undefined) void this.#take(file);
      this.#file.value = ""; // so that the same file can be chosen again
    });
    this.#lines.addEventListener("dragover", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      this.#lines.classList.add("dropping");
    });
    this.#lines.addEventListener("dragleave", () => this.#lines.classList.remove("dropping"));
    this.#lines.addEventListener("drop", (event) => {
      this.#lines.classList.remove("dropping");
      const [file] = event.dataTransfer?.files ?? [];
      if (file === undefined) return; // text that is dropped goes where it is dropped
      event.preventDefault();
      void this.#take(file);
    });
  }

  /** Shows lines for a task. */
  show(task: TaskName, lines: string): void {
    this.#task = task;
    byId("lines-help", HTMLElement).textContent = help[task];
    this.#lines.value = lines;
    this.read();
  }

  /** Reads the lines, and says what is in them, or what is wrong. */
  read(before = ""): ReadRows | undefined {
    clearTimeout(this.#waiting);
    try {
      const read = readRows(this.#lines.value, this.#task);
      this.#notice.say(`${before}${read.summary}`);
      return read;
    } catch (error) {
      this.#notice.fail(error, before);
      return undefined;
    }
  }

  async #take(file: File): Promise<void> {
    try {
      if (file.size > LARGEST) {
        throw new Error(`it has ${(file.size / 1e6).toFixed(1)} MB, and the page takes ${LARGEST / 1e6} MB at most`);
      }
      const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
      this.#lines.value = text;
      this.read(`${file.name}: `);
    } catch (error) {
      const isNoText = error instanceof TypeError;
      this.#notice.fail(isNoText ? "it is no text in UTF-8" : error, `${file.name} was not opened: `);
    }
  }
}
