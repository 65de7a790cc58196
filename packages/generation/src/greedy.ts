import type { Decoding } from "./decoding.ts";
import { tokenByToken } from "./token-choice.ts";

/** Place of the largest score, the first of equal ones; undefined when all are -Infinity or NaN. */
function largest(scores: Float32Array): number | undefined {
  let best = Number.NEGATIVE_INFINITY;
  let place: number | undefined;
  for (let id = 0; id < scores.length; id++) {
    if ((scores[id] as number) > best) {
      best = scores[id] as number;
      place = id;
    }
  }
  return place;
}

/** Always the likeliest token. */
export function greedy(): Decoding {
  return { numReturnSequences: 1, streams: true, start: (task) => tokenByToken(largest, 1, task) };
}
