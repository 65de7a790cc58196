import { ShapeError } from "@dylora/errors";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { checkDropout, type DropoutKey } from "./dropout.ts";

/** Shape and masking of an attention. */
export interface AttentionOptions {
  /** Sequences in the batch. */
  readonly batch: number;
  /** Tokens of each, padding included. */
  readonly length: number;
  /** Heads; they divide the hidden size. */
  readonly heads: number;
  /** True when a token sees only itself and those before it. */
  readonly causal: boolean;
  /** Additive `[batch, length]` mask on the keys: 0 to see, a large negative number to hide. */
  readonly mask?: Tensor2D;
  /** Dropout on the probabilities, while training. */
  readonly dropout?: DropoutKey;
}

/**
 * @throws ShapeError `bad_shape` naming what does not fit
 * @throws ConfigError `bad_dropout` for a dropout probability outside [0, 1)
 */
export function checkAttention(rows: number, hidden: number, options: AttentionOptions): void {
  checkDropout(options.dropout);
  const { batch, length, heads, mask } = options;
  if (batch < 1 || length < 1 || rows !== batch * length) {
    throw new ShapeError("bad_shape", `${rows} rows are not ${batch} sequences of ${length} tokens`);
  }
  if (heads < 1 || hidden % heads !== 0) {
    throw new ShapeError("bad_shape", `${heads} heads do not divide a hidden size of ${hidden}`);
  }
  if (mask !== undefined && (mask.shape[0] !== batch || mask.shape[1] !== length)) {
    throw new ShapeError("bad_shape", `the mask is [${mask.shape}] and should be [${batch}, ${length}]`);
  }
}
