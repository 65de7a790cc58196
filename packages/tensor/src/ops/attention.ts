import { ShapeError } from "@dylora/errors";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { recordedOp } from "../autodiff/recorded-op.ts";
import { type AttentionOptions, checkAttention } from "../contract/attention.ts";
import { fusedKernels } from "../registry.ts";

/**
 * Multi-head scaled dot-product attention (Vaswani et al. 2017): softmax(Q · Kᵀ / √d + mask) · V for each head, with
 * gradients to Q, K and V.
 *
 * @param q queries `[batch * length, hidden]`; head h owns columns h·d to (h+1)·d
 * @param k keys, same shape
 * @param v values, same shape
 * @returns `[batch * length, hidden]`; the caller disposes it
 * @throws ShapeError `bad_shape` when shapes, heads or mask do not fit
 * @throws ConfigError `bad_dropout` for a dropout probability outside [0, 1)
 *
 * @example
 * ```ts
 * import { additiveMask, attention, useBackend } from "@dylora/tensor";
 * import { wasmBackend } from "@dylora/backend-wasm";
 * import * as tf from "@tensorflow/tfjs-core";
 *
 * await useBackend(wasmBackend());
 * const x = tf.tensor2d([[1, 0], [0, 1], [5, 5]]);
 * const mask = additiveMask([1, 1, 0], 1, 3);
 * const y = attention(x, x, x, { batch: 1, length: 3, heads: 1, causal: false, ...(mask ? { mask } : {}) });
 * console.log(await y.array()); // the first row mixes the first two: about [0.67, 0.33]
 * ```
 */
export function attention(q: Tensor2D, k: Tensor2D, v: Tensor2D, options: AttentionOptions): Tensor2D {
  const [rows, hidden] = q.shape;
  for (const other of [k, v]) {
    if (other.shape[0] !== rows || other.shape[1] !== hidden) {
      throw new ShapeError("bad_shape", `keys and values must be [${q.shape}] like the queries, got [${other.shape}]`);
    }
  }
  checkAttention(rows, hidden, options);
  const kernels = fusedKernels();
  return recordedOp(
    [q, k, v],
    () => {
      const qkv = tf.concat2d([q, k, v], 1);
      const { y, saved } = kernels.attention(qkv, options);
      return { y, saved: [qkv, ...saved] };
    },
    (dy, [qkv, ...saved]) => {
      const gradient = kernels.attentionGradient(dy, qkv as Tensor2D, options, saved);
      return [0, 1, 2].map((part) => tf.slice2d(gradient, [0, part * hidden], [rows, hidden]));
    },
  );
}
