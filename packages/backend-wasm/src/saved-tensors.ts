import type { Tensor } from "@tensorflow/tfjs-core";

/** A flat list of tensors saved for backward, filled and read by name. */
export class SavedTensors {
  /** Everything saved, in order. */
  readonly tensors: Tensor[] = [];
  readonly #places = new Map<string, readonly [from: number, to: number]>();

  /** Adds tensors under a name. */
  save(name: string, tensors: readonly Tensor[]): void {
    this.#places.set(name, [this.tensors.length, this.tensors.length + tensors.length]);
    this.tensors.push(...tensors);
  }

  /** Looks names up in another list with the same order, as the tape gives it back. */
  readFrom(list: readonly Tensor[]): (name: string) => readonly Tensor[] {
    return (name) => list.slice(...(this.#places.get(name) ?? [0, 0]));
  }
}
