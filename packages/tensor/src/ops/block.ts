import { ShapeError } from "@dylora/errors";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { isRecording, recordedOp } from "../autodiff/recorded-op.ts";
import { checkAttention } from "../contract/attention.ts";
import {
  type BlockOperands,
  type BlockOptions,
  type BlockSite,
  type BlockWeights,
  blockSites,
} from "../contract/block.ts";
import { checkDropout } from "../contract/dropout.ts";
import { checkFrozenLinear } from "../contract/frozen-matrix.ts";
import { checkLoraOperand } from "../contract/lora.ts";
import { fusedKernels } from "../registry.ts";

function checkFirstTokens({ length, firstTokens = length }: BlockOptions): void {
  if (Number.isInteger(firstTokens) && firstTokens >= 1 && firstTokens <= length) return;
  throw new ShapeError("bad_shape", `firstTokens is ${firstTokens}, should be a whole number from 1 to ${length}`);
}

function featuresOf(site: BlockSite, weights: BlockWeights): [inFeatures: number, outFeatures: number] {
  const { qkv } = weights;
  if (site === "query" || site === "key" || site === "value") {
    return [qkv.weight.inFeatures, qkv.weight.outFeatures / 3];
  }
  const { weight } = site === "qkv" ? qkv : weights[site];
  return [weight.inFeatures, weight.outFeatures];
}

/** @throws ShapeError `bad_shape` naming the weight that does not fit hidden states of this size */
export function checkBlockWeights(hidden: number, weights: BlockWeights): void {
  const intermediate = weights.intermediate.weight.outFeatures;
  const expected = [
    ["qkv", hidden, 3 * hidden],
    ["attentionOutput", hidden, hidden],
    ["intermediate", hidden, intermediate],
    ["output", intermediate, hidden],
  ] as const;
  for (const [name, inFeatures, outFeatures] of expected) {
    checkFrozenLinear(inFeatures, weights[name]);
    const found = weights[name].weight.outFeatures;
    if (found !== outFeatures) {
      throw new ShapeError("bad_shape", `${name} gives ${found} features, should give ${outFeatures}`);
    }
  }
  for (const name of ["attentionNorm", "outputNorm"] as const) {
    const { gamma, beta } = weights[name];
    if (gamma.shape[0] !== hidden || beta.shape[0] !== hidden) {
      throw new ShapeError("bad_shape", `${name} is [${gamma.shape}] and [${beta.shape}], should be [${hidden}] twice`);
    }
  }
}

/**
 * A whole transformer block with the LoRA pairs of its sites, as one op: gradients go to x and to A and Bᵀ of every
 * pair. A backend may run it in one piece; elsewhere it is composed of the small ops.
 *
 * @param x hidden states `[batch * length, hidden]`
 * @param operands frozen weights and adapters
 * @param options shape, normalisation, masking and dropout
 * @returns hidden states of the same shape, or of the first tokens of each sequence; the caller disposes them
 * @throws ShapeError `bad_shape` when anything does not fit
 * @throws ConfigError `bad_dropout` for a dropout probability outside [0, 1)
 *
 * @example
 * ```ts
 * import { type BlockWeights, freezeMatrix, transformerBlock, useBackend } from "@dylora/tensor";
 * import { wasmBackend } from "@dylora/backend-wasm";
 * import * as tf from "@tensorflow/tfjs-core";
 *
 * await useBackend(wasmBackend());
 * const layer = (inFeatures: number, outFeatures: number) => ({
 *   weight: freezeMatrix(new Float32Array(inFeatures * outFeatures).fill(0.1), { inFeatures, outFeatures, layout: "in-out" }),
 * });
 * const norm = { gamma: tf.ones([4]) as tf.Tensor1D, beta: tf.zeros([4]) as tf.Tensor1D };
 * const weights: BlockWeights = {
 *   ...{ qkv: layer(4, 12), attentionOutput: layer(4, 4), intermediate: layer(4, 8), output: layer(8, 4) },
 *   ...{ attentionNorm: norm, outputNorm: norm },
 * };
 * const query = { A: tf.ones([2, 4]) as tf.Tensor2D, Bt: tf.zeros([2, 4]) as tf.Tensor2D, gate: 1 };
 * const shape = { batch: 1, length: 3, heads: 2, causal: false } as const;
 * const arithmetic = { norm: "post", epsilon: 1e-5, gelu: "erf" } as const;
 * const x = tf.tensor2d([[1, 2, 3, 4], [4, 3, 2, 1], [0, 1, 0, 1]]);
 * const y = transformerBlock(x, { weights, adapters: { query } }, { ...shape, ...arithmetic });
 * console.log(y.shape); // [3, 4]
 * ```
 *
 * @experimental
 */
export function transformerBlock(x: Tensor2D, operands: BlockOperands, options: BlockOptions): Tensor2D {
  const { weights, adapters } = operands;
  const { dropout, ...shape } = options;
  checkAttention(x.shape[0], x.shape[1], shape);
  checkFirstTokens(options);
  for (const dropoutKey of [dropout?.attention, dropout?.attentionOutput, dropout?.output]) checkDropout(dropoutKey);
  checkBlockWeights(x.shape[1], weights);
  const sites = blockSites.filter((site) => adapters[site] !== undefined);
  const inputs: Tensor[] = options.frozenInput === true ? [] : [x];
  for (const site of sites) {
    const operand = adapters[site];
    if (operand === undefined) continue;
    checkLoraOperand(operand, ...featuresOf(site, weights), options.batch);
    inputs.push(operand.A, operand.Bt);
  }
  const kernels = fusedKernels();
  const record = inputs.length > 0 && isRecording();
  let result: ReturnType<typeof kernels.block> | undefined;
  return recordedOp(
    // tfjs wants an input; a frozen one with no pair beside it is never asked for its gradient.
    inputs.length > 0 ? inputs : [x],
    () => {
      result = kernels.block(x, operands, options, record);
      return result;
    },
    (dy, saved) => {
      const gradients = result?.gradient(dy, saved);
      const pairs = sites.flatMap((site) => {
        const own = gradients?.adapters[site];
        const operand = adapters[site];
        return own !== undefined
          ? [own.dA, own.dBt]
          : operand === undefined
            ? []
            : [tf.zerosLike(operand.A), tf.zerosLike(operand.Bt)];
      });
      return options.frozenInput === true && inputs.length > 0 ? pairs : [gradients?.dx ?? tf.zerosLike(x), ...pairs];
    },
  ) as Tensor2D;
}
