import type { LogitsProcessor } from "./logits-processor.ts";

/**
 * Makes tokens that the prompt or the text already holds less likely (CTRL, Keskar et al. 2019; transformers'
 * `repetition_penalty`): negative scores are multiplied by the penalty, others divided by it. Padding counts as no token
 * of the prompt; in transformers it does.
 *
 * @param penalty above 1 to discourage repetition, below 1 to encourage it
 */
export function repetitionPenalty(penalty: number): LogitsProcessor {
  return (scores, { ids }) => {
    for (const id of new Set(ids)) {
      const score = scores[id] as number;
      scores[id] = score < 0 ? score * penalty : score / penalty;
    }
  };
}
