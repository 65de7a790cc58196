import type { LogitsProcessor } from "./logits-processor.ts";

/**
 * Rules out each token that would make the text hold some sequence of n tokens twice, the prompt included (Paulus et al.
 * 2017; transformers' `no_repeat_ngram_size`).
 *
 * @param size n
 */
export function noRepeatNgram(size: number): LogitsProcessor {
  return (scores, { ids }) => {
    const prefix = ids.length - size + 1;
    for (let start = 0; start < prefix; start++) {
      let matches = true;
      for (let at = 0; at < size - 1 && matches; at++) matches = ids[start + at] === ids[prefix + at];
      if (matches) scores[ids[start + size - 1] as number] = Number.NEGATIVE_INFINITY;
    }
  };
}
