import type { EditAlignment } from "./edit-alignment.ts";

/**
 * Edit distance to one reference that keeps the state after every word of a loaded hypothesis, so that a hypothesis that
 * differs from it only further on is measured from there.
 */
export interface PrefixDistance {
  /** Loads a hypothesis whose words before `from` are those of the one loaded before; returns its distance. */
  load(words: Int32Array, from: number): number;
  /**
   * Writes the edit script of the loaded hypothesis. Ties: match or substitution, then deletion, then insertion, decided
   * from the end.
   */
  trace(edits: EditAlignment): void;
  /**
   * Distance of a hypothesis of the loaded length whose words before `from` are the loaded ones; any number above
   * `limit` when the distance is above it.
   */
  distance(words: Int32Array, from: number, limit: number): number;
}
