import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { AttentionOptions } from "../contract/attention.ts";
import type { FusedKernels, Saved } from "../contract/kernels.ts";
import { attentionRows, dropoutMask } from "../random/dropout-mask.ts";

/** Packed `[batch * length, 3 * hidden]` → queries, keys, values, each `[batch * heads, length, headSize]`. */
export function splitHeads(
  qkv: Tensor2D,
  { batch, length, heads }: Pick<AttentionOptions, "batch" | "length" | "heads">,
): [Tensor3D, Tensor3D, Tensor3D] {
  const size = qkv.shape[1] / 3 / heads;
  const planes = tf.transpose(tf.reshape(qkv, [batch, length, 3, heads, size]), [2, 0, 3, 1, 4]);
  const stacked = tf.reshape(planes, [3, batch * heads, length * size]);
  return [0, 1, 2].map((part) =>
    tf.reshape(tf.slice3d(stacked as Tensor3D, [part, 0, 0], [1, batch * heads, length * size]), [
      batch * heads,
      length,
      size,
    ]),
  ) as [Tensor3D, Tensor3D, Tensor3D];
}

/** 0 for the keys a query sees, a large negative number for those after it. */
function causalMask(length: number): Tensor2D {
  const values = new Float32Array(length * length);
  for (let row = 0; row < length; row++) values.fill(-1e9, row * length + row + 1, (row + 1) * length);
  return tf.tensor2d(values, [length, length]);
}

type Products = Pick<FusedKernels, "batchMatMul">;

/** softmax(Q · Kᵀ / √d + masks), `[batch * heads, length, length]`. */
function probabilities(kernels: Products, q: Tensor3D, k: Tensor3D, options: AttentionOptions): Tensor3D {
  const { batch, length, heads, causal, mask } = options;
  const scores = tf.mul(kernels.batchMatMul(q, k, false, true), 1 / Math.sqrt(q.shape[2]));
  let masked: Tensor = tf.reshape(scores, [batch, heads, length, length]);
  if (mask !== undefined) masked = tf.add(masked, tf.reshape(mask, [batch, 1, 1, length]));
  if (causal) masked = tf.add(masked, causalMask(length));
  return tf.reshape(tf.softmax(masked as Tensor4D), [batch * heads, length, length]);
}

/** Keeps the probabilities, and the dropout mask where there is one. */
export function attention(kernels: Products, qkv: Tensor2D, options: AttentionOptions): Saved {
  const { batch, length, heads, dropout } = options;
  const [q, k, v] = splitHeads(qkv, options);
  const p = probabilities(kernels, q, k, options);
  const saved: Tensor[] = [p];
  let weights = p;
  if (dropout !== undefined && dropout.probability > 0) {
    const mask = tf.tensor3d(dropoutMask(dropout, batch, attentionRows(heads, length), length), p.shape);
    saved.push(mask);
    weights = tf.mul(p, mask);
  }
  const context = kernels.batchMatMul(weights, v);
  const perToken = tf.transpose(tf.reshape(context, [batch, heads, length, q.shape[2]]), [0, 2, 1, 3]);
  return { y: tf.reshape(perToken, [batch * length, heads * q.shape[2]]), saved };
}

/** Recomputes the heads from the packed input rather than keeping them. */
export function attentionGradient(
  kernels: Products,
  dy: Tensor2D,
  qkv: Tensor2D,
  options: AttentionOptions,
  saved: readonly Tensor[],
): Tensor2D {
  const { batch, length, heads } = options;
  const [p, mask] = saved as [Tensor3D, Tensor3D | undefined];
  const [q, k, v] = splitHeads(qkv, options);
  const size = q.shape[2];
  const perHead = tf.transpose(tf.reshape(dy, [batch, length, heads, size]), [0, 2, 1, 3]);
  const dContext = tf.reshape(perHead, [batch * heads, length, size]) as Tensor3D;
  const dropped = mask === undefined ? p : (tf.mul(p, mask) as Tensor3D);
  const dv = kernels.batchMatMul(dropped, dContext, true, false);
  const dDropped = kernels.batchMatMul(dContext, v, false, true);
  const dp = mask === undefined ? dDropped : (tf.mul(dDropped, mask) as Tensor3D);
  // Σ P·dP rather than dO·O: where tokens are alike the two nearly cancel and the latter loses the digits.
  const centred = tf.sub(dp, tf.sum(tf.mul(p, dp), 2, true));
  const dScores = tf.mul(tf.mul(p, centred), 1 / Math.sqrt(size)) as Tensor3D;
  const dq = kernels.batchMatMul(dScores, k);
  const dk = kernels.batchMatMul(dScores, q, true, false);
  const planes = tf.reshape(tf.stack([dq, dk, dv]), [3, batch, heads, length, size]);
  return tf.reshape(tf.transpose(planes, [1, 3, 0, 2, 4]), [batch * length, 3 * heads * size]);
}
