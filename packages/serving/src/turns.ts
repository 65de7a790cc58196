import { ResourceError } from "@dylora/errors";
import type { TunedModel } from "@dylora/finetune";

/** Work that is done a few at a time, the rest waiting in line. */
export interface Turns {
  /** How many wait. */
  readonly waiting: number;
  /**
   * Waits for a turn.
   *
   * @param model told when the turn comes, so that it is the one in service then
   * @returns the model, and what ends the turn
   * @throws ResourceError `queue_full`; the signal's reason
   */
  take(model: () => TunedModel, signal: AbortSignal): Promise<{ readonly model: TunedModel; end(): void }>;
  /** Waits until nobody's turn uses a model any more. */
  idle(model: TunedModel): Promise<void>;
}

/** Makes a line of which so many are served at a time. */
export function createTurns(places: number, maxWaiting: number): Turns {
  const line: (() => void)[] = [];
  const users = new Map<TunedModel, number>();
  let listeners: (() => void)[] = [];
  let free = places;

  function begin(model: TunedModel) {
    users.set(model, (users.get(model) ?? 0) + 1);
    return {
      model,
      end() {
        const left = (users.get(model) as number) - 1;
        if (left > 0) users.set(model, left);
        else users.delete(model);
        const next = line.shift();
        if (next === undefined) free++;
        else next();
        const told = listeners;
        listeners = [];
        for (const listener of told) listener();
      },
    };
  }

  return {
    get waiting() {
      return line.length;
    },
    async take(model, signal) {
      signal.throwIfAborted();
      if (free > 0) {
        free--;
        return begin(model());
      }
      if (line.length >= maxWaiting) throw new ResourceError("queue_full", `${maxWaiting} requests wait already`);
      return new Promise((resolve, reject) => {
        const go = (): void => {
          signal.removeEventListener("abort", leave);
          resolve(begin(model()));
        };
        function leave(): void {
          line.splice(line.indexOf(go), 1);
          reject(signal.reason);
        }
        signal.addEventListener("abort", leave, { once: true });
        line.push(go);
      });
    },
    async idle(model) {
      while (users.has(model)) await new Promise<void>((resolve) => listeners.push(resolve));
    },
  };
}
