import type { Tensor, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { BlockOperands, BlockSite } from "../contract/block.ts";
import type { CachedBlockOptions, CachedBlockResult } from "../contract/cached-block.ts";
import type { FrozenLinear } from "../contract/frozen-matrix.ts";
import type { FusedKernels } from "../contract/kernels.ts";
import type { KeyValueCache } from "../contract/key-value-cache.ts";
import type { LoraOperand } from "../contract/lora.ts";
import { adaptedLinear } from "./adapted-linear.ts";
import { splitHeads } from "./attention.ts";
import { PlainKeyValueCache } from "./key-value-cache.ts";
import { qkvAdapters } from "./qkv-adapters.ts";

/** Hides from each new token the new tokens after it; those in the cache are all before it. */
function causalMask(length: number, past: number): Tensor2D {
  const width = past + length;
  const values = new Float32Array(length * width);
  for (let row = 0; row < length; row++) values.fill(-1e9, row * width + past + row + 1, (row + 1) * width);
  return tf.tensor2d(values, [length, width]);
}

function attendToCache(
  kernels: FusedKernels,
  qkv: Tensor2D,
  options: CachedBlockOptions,
  cache: PlainKeyValueCache | undefined,
): { context: Tensor2D; keys: Tensor3D; values: Tensor3D } {
  const { batch, length, heads, mask } = options;
  const [q, k, v] = splitHeads(qkv, options);
  const keys = cache === undefined ? k : tf.concat3d([cache.keys, k], 1);
  const values = cache === undefined ? v : tf.concat3d([cache.values, v], 1);
  const width = keys.shape[1];
  const size = q.shape[2];
  const scores = tf.mul(kernels.batchMatMul(q, keys, false, true), 1 / Math.sqrt(size));
  let masked: Tensor = tf.reshape(scores, [batch, heads, length, width]);
  if (mask !== undefined) masked = tf.add(masked, tf.reshape(mask, [batch, 1, 1, width]));
  if (length > 1) masked = tf.add(masked, causalMask(length, width - length));
  const p = tf.reshape(tf.softmax(masked), [batch * heads, length, width]) as Tensor3D;
  const perHead = tf.reshape(kernels.batchMatMul(p, values), [batch, heads, length, size]);
  const context = tf.reshape(tf.transpose(perHead, [0, 2, 1, 3]), [batch * length, heads * size]) as Tensor2D;
  return { context, keys, values };
}

/** Forward pass of a block over new tokens, with the keys and values of those before from the cache. */
export function cachedBlock(
  kernels: FusedKernels,
  x: Tensor2D,
  { weights, adapters }: BlockOperands,
  options: CachedBlockOptions,
  cache: KeyValueCache | undefined,
): CachedBlockResult {
  const { batch, norm, epsilon, gelu } = options;
  const single = (site: BlockSite, input: Tensor2D, linear: FrozenLinear): Tensor2D => {
    const operand: LoraOperand | undefined = adapters[site];
    return adaptedLinear(kernels, input, linear, operand === undefined ? [] : [operand], batch).y;
  };
  const normalise = (input: Tensor2D, { gamma, beta }: typeof weights.outputNorm): Tensor2D =>
    kernels.layerNorm(input, gamma, beta, epsilon).y;

  const attentionInput = norm === "pre" ? normalise(x, weights.attentionNorm) : x;
  const pairs = qkvAdapters(adapters, x.shape[1]).operands;
  const qkv = adaptedLinear(kernels, attentionInput, weights.qkv, pairs, batch).y;
  const attended = attendToCache(kernels, qkv, options, cache as PlainKeyValueCache | undefined);
  const projected = single("attentionOutput", attended.context, weights.attentionOutput);
  const sum = tf.add(x, projected) as Tensor2D;
  const middle = norm === "pre" ? sum : normalise(sum, weights.attentionNorm);

  const inner = single(
    "intermediate",
    norm === "pre" ? normalise(middle, weights.outputNorm) : middle,
    weights.intermediate,
  );
  const out = tf.add(middle, single("output", kernels.gelu(inner, gelu), weights.output)) as Tensor2D;
  const y = norm === "pre" ? out : normalise(out, weights.outputNorm);
  return { y, cache: new PlainKeyValueCache(attended.keys, attended.values, batch) };
}
