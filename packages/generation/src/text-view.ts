import type { AdaptedModel, BoundAdapter, CausalInputs, RankView } from "@dylora/lora-core";
import type { Sequence } from "./sequence.ts";

/** Keeps a view open while it fits the texts: where each prompt has a rank of its own, it changes with them. */
export class TextView {
  readonly #adapted: AdaptedModel<CausalInputs>;
  readonly #view: RankView;
  #open: BoundAdapter | undefined;
  #ranks: string | undefined;

  /** @param view ranks are by number of the prompt in the call */
  constructor(adapted: AdaptedModel<CausalInputs>, view: RankView) {
    this.#adapted = adapted;
    this.#view = view;
  }

  /** What the model takes to run these texts. */
  contextFor(texts: readonly Sequence[]): BoundAdapter["context"] {
    const view = this.#view;
    const own =
      typeof view === "object" && "ranks" in view
        ? { ranks: texts.map(({ prompt }) => view.ranks[prompt.index] as number) }
        : view;
    const ranks = typeof own === "object" && "ranks" in own ? own.ranks.join() : undefined;
    if (this.#open === undefined || ranks !== this.#ranks) {
      this.dispose();
      this.#open = this.#adapted.bind(own, texts.length);
      this.#ranks = ranks;
    }
    return this.#open.context;
  }

  /** Frees what is open. Calling it twice does nothing. */
  dispose(): void {
    this.#open?.dispose();
    this.#open = undefined;
  }
}
