import type * as Comlink from "comlink";
import type { AdapterReport, PlaygroundApi } from "../api.ts";
import { byId, messageOf } from "./elements.ts";

/** The buttons that save the adapter in use and load one. */
export class FileButtons {
  readonly #api: Comlink.Remote<PlaygroundApi>;
  readonly #status = byId("file-status", HTMLElement);
  readonly #controls = [
    byId("download-all", HTMLButtonElement),
    byId("download-rank", HTMLButtonElement),
    byId("load", HTMLInputElement),
  ] as const;
  #adapter: AdapterReport | undefined;

  /** @param rank of the slider; `loaded` is told of an adapter that was loaded */
  constructor(
    api: Comlink.Remote<PlaygroundApi>,
    { rank, loaded }: { readonly rank: () => number; readonly loaded: (adapter: AdapterReport) => void },
  ) {
    this.#api = api;
    const [all, one, load] = this.#controls;
    all.addEventListener("click", () => void this.#save(this.#adapter?.maxRank ?? 1));
    one.addEventListener("click", () => void this.#save(rank()));
    load.addEventListener("change", async () => {
      const file = load.files?.[0];
      if (file === undefined) return;
      try {
        loaded(await this.#api.load(new Uint8Array(await file.arrayBuffer()), file.name));
        this.#status.textContent = `${file.name} is in use.`;
      } catch (error) {
        this.#status.textContent = `${file.name} could not be loaded: ${messageOf(error)}`;
      }
      load.value = ""; // so that the same file can be chosen again
    });
  }

  /** Says which adapter is in use; undefined while there is none, or none may be taken. */
  show(adapter: AdapterReport | undefined): void {
    this.#adapter = adapter;
    for (const control of this.#controls) control.disabled = adapter === undefined;
  }

  async #save(rank: number): Promise<void> {
    try {
      const zip = await this.#api.download(rank);
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([zip as Uint8Array<ArrayBuffer>], { type: "application/zip" }));
      link.download = `dylora-${this.#adapter?.task ?? "adapter"}-rank-${rank}.zip`;
      link.click();
      URL.revokeObjectURL(link.href);
      this.#status.textContent = `${link.download} saved.`;
    } catch (error) {
      this.#status.textContent = `The adapter could not be saved: ${messageOf(error)}`;
    }
  }
}
