import { createStore, del, entries, get, set, type UseStore } from "idb-keyval";
import type { AdapterFiles, TaskName } from "../api.ts";

/** An adapter that was trained or loaded here. */
export interface KeptAdapter {
  /** Tells it from all others. */
  readonly id: string;
  /** What it is for. */
  readonly task: TaskName;
  /** What people know it by. */
  readonly name: string;
  /** When it came, in milliseconds since 1970. */
  readonly since: number;
  /** Its files, with every rank. */
  readonly files: AdapterFiles;
}

/** Which adapter is in use. */
export interface Choice {
  readonly task: TaskName;
  /** {@link COMES_WITH_PAGE}, or that of a kept one. */
  readonly id: string;
}

/** Stands for the adapter that comes with the page. */
export const COMES_WITH_PAGE = "page";

const LAST = "last choice";

/**
 * The adapters of this browser: they survive a reload in its IndexedDB. Where that takes nothing, they are kept for as long
 * as the page is open, and {@link AdapterShelf.add} says so.
 */
export class AdapterShelf {
  readonly #store: UseStore | undefined;
  readonly #adapters = new Map<string, KeptAdapter>();
  readonly #last: Choice | undefined;

  private constructor(store: UseStore | undefined, adapters: readonly KeptAdapter[], last: Choice | undefined) {
    this.#store = store;
    for (const adapter of adapters) this.#adapters.set(adapter.id, adapter);
    this.#last = last;
  }

  /** Opens the shelf with what was kept before. */
  static async open(): Promise<AdapterShelf> {
    try {
      const store = createStore("dylora-playground", "adapters");
      const kept = await entries<string, KeptAdapter | Choice>(store);
      const adapters = kept.flatMap(([key, value]) => (key === LAST ? [] : [value as KeptAdapter]));
      return new AdapterShelf(store, adapters, await get<Choice>(LAST, store));
    } catch {
      return new AdapterShelf(undefined, [], undefined);
    }
  }

  /** Which adapter was in use last, if it is still there. */
  get last(): Choice | undefined {
    const known = this.#last?.id === COMES_WITH_PAGE || this.#adapters.has(this.#last?.id ?? "");
    return known ? this.#last : undefined;
  }

  /** The adapters for a task, the newest first. */
  list(task: TaskName): KeptAdapter[] {
    return [...this.#adapters.values()].filter((one) => one.task === task).sort((a, b) => b.since - a.since);
  }

  /** An adapter by its id. */
  find(id: string): KeptAdapter | undefined {
    return this.#adapters.get(id);
  }

  /**
   * Puts an adapter on the shelf.
   *
   * @returns the adapter, and why it will be gone after a reload, where it will
   */
  async add(given: Pick<KeptAdapter, "task" | "name" | "files">): Promise<{ adapter: KeptAdapter; lost?: string }> {
    const since = Date.now();
    const adapter = { ...given, since, id: `${since}-${this.#adapters.size}` };
    this.#adapters.set(adapter.id, adapter);
    try {
      if (this.#store === undefined) throw new Error("it keeps no data for this page");
      await set(adapter.id, adapter, this.#store);
      return { adapter };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return {
        adapter,
        lost: `This browser could not keep the adapter (${reason}). Download it before you leave the page.`,
      };
    }
  }

  /** Takes an adapter off the shelf. */
  async remove(id: string): Promise<void> {
    this.#adapters.delete(id);
    if (this.#store !== undefined) await del(id, this.#store);
  }

  /** Remembers which adapter is in use, as far as the browser lets it. */
  async remember(choice: Choice): Promise<void> {
    if (this.#store !== undefined) await set(LAST, choice, this.#store).catch(() => undefined);
  }
}
