import { ShapeError } from "@dylora/errors";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { checkAttention } from "./attention.ts";
import { type BlockOperands, type BlockOptions, type BlockSite, type BlockWeights, blockSites } from "./block-types.ts";
import { fusedKernels } from "./kernels.ts";
import { checkLoraOperand } from "./lora-operand.ts";
import { isRecording, recordedOp } from "./recorded-op.ts";

function featuresOf(site: BlockSite, weights: BlockWeights): [inFeatures: number, outFeatures: number] {
  const { qkv } = weights;
  if (site === "query" || site === "key" || site === "value") {
    return [qkv.weight.inFeatures, qkv.weight.outFeatures / 3];
  }
  const { weight } = site === "qkv" ? qkv : weights[site];
  return [weight.inFeatures, weight.outFeatures];
}

/**
 * A whole transformer block with the LoRA pairs of its sites, as one op: gradients go to x and to A and Bᵀ of every
 * pair. An engine may run it in one piece; elsewhere it is composed of the small ops.
 *
 * @param x hidden states `[batch * length, hidden]`
 * @param operands frozen weights and adapters
 * @param options shape, normalisation, masking and dropout
 * @returns hidden states of the same shape; the caller disposes them
 * @throws ShapeError `bad_shape` when anything does not fit
 */
export function transformerBlock(x: Tensor2D, operands: BlockOperands, options: BlockOptions): Tensor2D {
  const { weights, adapters } = operands;
  const { dropout: _, ...shape } = options;
  checkAttention(x.shape[0], x.shape[1], shape);
  if (weights.qkv.weight.inFeatures !== x.shape[1] || weights.qkv.weight.outFeatures !== 3 * x.shape[1]) {
    throw new ShapeError("bad_shape", `the block's weights do not take hidden states of size ${x.shape[1]}`);
  }
  const sites = blockSites.filter((site) => adapters[site] !== undefined);
  const inputs: Tensor[] = [x];
  for (const site of sites) {
    const operand = adapters[site];
    if (operand === undefined) continue;
    checkLoraOperand(operand, ...featuresOf(site, weights), options.batch);
    inputs.push(operand.A, operand.Bt);
  }
  const record = isRecording();
  const kernels = fusedKernels();
  let result: ReturnType<typeof kernels.block> | undefined;
  return recordedOp(
    inputs,
    () => {
      result = kernels.block(x, operands, options, record);
      return result;
    },
    (dy, saved) => {
      const gradients = result?.gradient(dy, saved);
      return [
        gradients?.dx ?? tf.zerosLike(x),
        ...sites.flatMap((site) => {
          const own = gradients?.adapters[site];
          const operand = adapters[site];
          return own !== undefined
            ? [own.dA, own.dBt]
            : operand === undefined
              ? []
              : [tf.zerosLike(operand.A), tf.zerosLike(operand.Bt)];
        }),
      ];
    },
  ) as Tensor2D;
}
