import { ConfigError, ShapeError } from "@dylora/errors";
import type { CausalInputs } from "./causal-model.ts";

/** Token label of a position that does not count. */
const IGNORED = -100;

/** A padded batch with a label for every token, not shifted, as `@dylora/data` makes it. */
export interface TokenLabelledBatch extends CausalInputs {
  /** Token ids, `[size, length]`: the token itself where the loss counts, -100 on prompt and padding. */
  readonly labels: ArrayLike<number>;
}

/** A batch whose output layer runs only where the loss counts. */
export interface CausalTrainingInputs extends CausalInputs {
  /** Positions that predict a labelled token, as rows of `[size * length]`. */
  readonly outputRows: Int32Array;
  /** The token that each of these positions should predict. */
  readonly labels: Int32Array;
}

/**
 * Prepares a batch for training: position t is scored against the label at t + 1, and logits are computed for those
 * positions alone, which on a prompt with a short completion saves most of the output layer. Cross-entropy over
 * the result's `labels` (for instance `classification()` of `@dylora/trainer`) is then the usual causal loss.
 *
 * @param batch labels as transformers takes them: at the place of the token itself, -100 where it does not count
 * @returns the same tokens with compact labels
 * @throws ShapeError `bad_shape` when there is not one label for each token
 * @throws ConfigError `no_labels` when no token counts (the first of a text has nothing before it to be predicted from)
 *
 * @example
 * ```ts
 * import { causalInputs } from "@dylora/lora-core";
 *
 * const prompt = { inputIds: [5, 6, 7, 0], attentionMask: [1, 1, 1, 1], size: 1, length: 4 };
 * const { outputRows, labels } = causalInputs({ ...prompt, labels: [-100, -100, 7, 0] });
 * console.log(outputRows, labels); // positions 1, 2 predict tokens 7, 0
 * ```
 */
export function causalInputs({
  inputIds,
  attentionMask,
  size,
  length,
  labels,
}: TokenLabelledBatch): CausalTrainingInputs {
  if (labels.length !== size * length) {
    throw new ShapeError("bad_shape", `${labels.length} labels for ${size} texts of ${length} tokens`);
  }
  const rows: number[] = [];
  for (let row = 0; row < size; row++) {
    for (let at = row * length; at < (row + 1) * length - 1; at++) if (labels[at + 1] !== IGNORED) rows.push(at);
  }
  if (rows.length === 0) {
    throw new ConfigError("no_labels", `none of the ${size} texts has a token that is to be predicted`);
  }
  return {
    inputIds,
    attentionMask,
    size,
    length,
    outputRows: Int32Array.from(rows),
    labels: Int32Array.from(rows, (row) => labels[row + 1] as number),
  };
}
