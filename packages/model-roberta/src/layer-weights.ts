import type { WeightSource } from "@dylora/io";
import { type BlockWeights, type FrozenLinear, freezeMatrix } from "@dylora/tensor";
import * as tf from "@tensorflow/tfjs-core";
import type { RobertaConfig } from "./config.ts";
import { type DeltaOf, type Own, readLinear, readMatrix, readNorm } from "./frozen-weights.ts";
import { siteModules } from "./sites.ts";

/** Queries, keys and values as one matrix: their rows one after the other. */
async function readQkv(source: WeightSource, size: number, own: Own, deltaOf?: DeltaOf): Promise<FrozenLinear> {
  const values = new Float32Array(3 * size * size);
  const bias = new Float32Array(3 * size);
  for (const [part, module] of [siteModules.query, siteModules.key, siteModules.value].entries()) {
    values.set(await readMatrix(source, module, [size, size], deltaOf), part * size * size);
    bias.set(await source.read(`${module}.bias`, [size]), part * size);
  }
  const weight = own(freezeMatrix(values, { inFeatures: size, outFeatures: 3 * size, layout: "out-in" }));
  return { weight, bias: own(tf.keep(tf.tensor1d(bias))) };
}

/**
 * Reads a layer.
 *
 * @param source cursor at the layer
 * @param own who frees it
 * @param deltaOf added to the weights on the way
 */
export async function readLayer(
  source: WeightSource,
  { hiddenSize, intermediateSize }: RobertaConfig,
  own: Own,
  deltaOf?: DeltaOf,
): Promise<BlockWeights> {
  const linear = (module: string, shape: readonly [outFeatures: number, inFeatures: number]) =>
    readLinear(source, module, shape, own, deltaOf);
  return {
    qkv: await readQkv(source, hiddenSize, own, deltaOf),
    attentionOutput: await linear(siteModules.attentionOutput, [hiddenSize, hiddenSize]),
    intermediate: await linear(siteModules.intermediate, [intermediateSize, hiddenSize]),
    output: await linear(siteModules.output, [hiddenSize, intermediateSize]),
    attentionNorm: await readNorm(source.at("attention.output.LayerNorm"), hiddenSize, own),
    outputNorm: await readNorm(source.at("output.LayerNorm"), hiddenSize, own),
  };
}
