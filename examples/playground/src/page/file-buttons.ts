import type * as Comlink from "comlink";
import type { AdapterFiles, AdapterReport, PlaygroundApi } from "../api.ts";
import { onPress, setEnabled } from "./button.ts";
import { byId, make } from "./elements.ts";
import { Notice } from "./notice.ts";
import { unzipFiles, zipFiles } from "./zip-files.ts";

/** The buttons that save the adapter in use and load one. */
export class FileButtons {
  readonly #api: Comlink.Remote<PlaygroundApi>;
  readonly #notice = new Notice("file");
  readonly #all = byId("download-all", HTMLButtonElement);
  readonly #one = byId("download-rank", HTMLButtonElement);
  readonly #rank = byId("download-rank-value", HTMLSelectElement);
  #adapter: AdapterReport | undefined;

  /** @param loaded is given the files of a zip that was chosen */
  constructor(api: Comlink.Remote<PlaygroundApi>, loaded: (files: AdapterFiles, name: string) => Promise<string>) {
    this.#api = api;
    onPress(this.#all, () => void this.#save(this.#adapter?.maxRank ?? 1));
    onPress(this.#one, () => void this.#save(Number(this.#rank.value)));
    const load = byId("load", HTMLInputElement);
    load.addEventListener("change", async () => {
      const [file] = load.files ?? [];
      load.value = ""; // so that the same file can be chosen again
      if (file === undefined) return;
      try {
        const files = unzipFiles(new Uint8Array(await file.arrayBuffer()));
        this.#notice.say(await loaded(files, file.name));
      } catch (error) {
        this.#notice.fail(error, `${file.name} could not be loaded: `);
      }
    });
  }

  /** Says which adapter is in use; what was said of another is no longer shown. */
  show(adapter: AdapterReport): void {
    const { maxRank } = adapter;
    if (this.#adapter?.maxRank !== maxRank) {
      const ranks = Array.from({ length: maxRank }, (_, index) => make("option", {}, String(index + 1)));
      this.#rank.replaceChildren(...ranks);
    }
    this.#adapter = adapter;
    this.#notice.say();
    this.enable(true);
  }

  /** Whether the adapter in use can be saved. */
  enable(enabled: boolean): void {
    for (const button of [this.#all, this.#one]) setEnabled(button, enabled && this.#adapter !== undefined);
  }

  async #save(rank: number): Promise<void> {
    try {
      const zip = zipFiles(await this.#api.download(rank));
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([zip as Uint8Array<ArrayBuffer>], { type: "application/zip" }));
      link.download = `dylora-${this.#adapter?.task ?? "adapter"}-rank-${rank}.zip`;
      link.click();
      URL.revokeObjectURL(link.href);
      this.#notice.say(`${link.download} is saved.`);
    } catch (error) {
      this.#notice.fail(error, "The adapter could not be saved: ");
    }
  }
}
