import type { WeightSource } from "@dylora/io";
import {
  type BlockWeights,
  type DeltaOf,
  type DisposableStack,
  type FrozenLinear,
  type FrozenMatrixSpec,
  freezeMatrix,
  readLinear,
  readMatrix,
  readNorm,
} from "@dylora/tensor";
import * as tf from "@tensorflow/tfjs-core";
import type { RobertaConfig } from "./config.ts";
import { siteModules } from "./sites.ts";

const specOf = (inFeatures: number, outFeatures: number): FrozenMatrixSpec => {
  return { inFeatures, outFeatures, layout: "out-in" };
};

/** Queries, keys and values as one matrix: their rows one after the other. */
async function readQkv(
  source: WeightSource,
  size: number,
  stack: DisposableStack,
  deltaOf?: DeltaOf,
): Promise<FrozenLinear> {
  const values = new Float32Array(3 * size * size);
  const bias = new Float32Array(3 * size);
  for (const [part, module] of [siteModules.query, siteModules.key, siteModules.value].entries()) {
    values.set(await readMatrix(source, module, specOf(size, size), deltaOf), part * size * size);
    bias.set(await source.read(`${module}.bias`, [size]), part * size);
  }
  return {
    weight: stack.use(freezeMatrix(values, specOf(size, 3 * size))),
    bias: stack.use(tf.keep(tf.tensor1d(bias))),
  };
}

/**
 * Reads a layer.
 *
 * @param source cursor at the layer
 * @param stack frees it
 * @param deltaOf added to the weights on the way
 */
export async function readLayer(
  source: WeightSource,
  { hiddenSize, intermediateSize }: RobertaConfig,
  stack: DisposableStack,
  deltaOf?: DeltaOf,
): Promise<BlockWeights> {
  const linear = (module: string, inFeatures: number, outFeatures: number) =>
    readLinear(source, module, specOf(inFeatures, outFeatures), stack, deltaOf);
  return {
    qkv: await readQkv(source, hiddenSize, stack, deltaOf),
    attentionOutput: await linear(siteModules.attentionOutput, hiddenSize, hiddenSize),
    intermediate: await linear(siteModules.intermediate, hiddenSize, intermediateSize),
    output: await linear(siteModules.output, intermediateSize, hiddenSize),
    attentionNorm: await readNorm(source, "attention.output.LayerNorm", hiddenSize, stack),
    outputNorm: await readNorm(source, "output.LayerNorm", hiddenSize, stack),
  };
}
