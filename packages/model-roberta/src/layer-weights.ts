import type { WeightSource } from "@dylora/io";
import { type BlockWeights, type FrozenLinear, type FrozenNorm, freezeMatrix } from "@dylora/tensor";
import type { Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { RobertaConfig } from "./config.ts";
import { siteModules } from "./sites.ts";

/** What is added to a weight, by module path below the layer. */
export type LayerDeltas = ReadonlyMap<string, Float32Array>;

/** Frozen weights of a layer with what there is to free. */
export interface LayerWeights extends BlockWeights {
  /** Frees the matrices and vectors. */
  dispose(): void;
}

async function vector(source: WeightSource, name: string, size: number): Promise<Tensor1D> {
  return tf.keep(tf.tensor1d(await source.read(name, [size])));
}

/** Reads a normalisation. Its gain and offset are kept until the model is disposed. */
export async function readNorm(source: WeightSource, size: number): Promise<FrozenNorm> {
  return { gamma: await vector(source, "weight", size), beta: await vector(source, "bias", size) };
}

async function readMatrix(
  source: WeightSource,
  module: string,
  shape: [number, number],
  deltas: LayerDeltas,
): Promise<Float32Array> {
  const values = await source.read(`${module}.weight`, shape);
  const delta = deltas.get(module);
  if (delta !== undefined) for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) + (delta[i] ?? 0);
  return values;
}

async function readLinear(
  source: WeightSource,
  module: string,
  [outFeatures, inFeatures]: [number, number],
  deltas: LayerDeltas,
): Promise<FrozenLinear> {
  const values = await readMatrix(source, module, [outFeatures, inFeatures], deltas);
  const weight = freezeMatrix(values, { inFeatures, outFeatures, layout: "out-in" });
  return { weight, bias: await vector(source, `${module}.bias`, outFeatures) };
}

/** Queries, keys and values as one matrix: their rows one after the other. */
async function readQkv(source: WeightSource, size: number, deltas: LayerDeltas): Promise<FrozenLinear> {
  const values = new Float32Array(3 * size * size);
  const bias = new Float32Array(3 * size);
  const modules = [siteModules.query, siteModules.key, siteModules.value];
  for (const [part, module] of modules.entries()) {
    values.set(await readMatrix(source, module, [size, size], deltas), part * size * size);
    bias.set(await source.read(`${module}.bias`, [size]), part * size);
  }
  const weight = freezeMatrix(values, { inFeatures: size, outFeatures: 3 * size, layout: "out-in" });
  return { weight, bias: tf.keep(tf.tensor1d(bias)) };
}

/**
 * Reads a layer.
 *
 * @param source cursor at the layer
 * @param deltas added to the weights on the way
 */
export async function readLayer(
  source: WeightSource,
  { hiddenSize, intermediateSize }: RobertaConfig,
  deltas: LayerDeltas = new Map(),
): Promise<LayerWeights> {
  const linears = {
    qkv: await readQkv(source, hiddenSize, deltas),
    attentionOutput: await readLinear(source, siteModules.attentionOutput, [hiddenSize, hiddenSize], deltas),
    intermediate: await readLinear(source, siteModules.intermediate, [intermediateSize, hiddenSize], deltas),
    output: await readLinear(source, siteModules.output, [hiddenSize, intermediateSize], deltas),
  };
  const norms = {
    attentionNorm: await readNorm(source.at("attention.output.LayerNorm"), hiddenSize),
    outputNorm: await readNorm(source.at("output.LayerNorm"), hiddenSize),
  };
  return {
    ...linears,
    ...norms,
    dispose() {
      for (const { weight, bias } of Object.values(linears)) {
        weight.dispose();
        bias?.dispose();
      }
      for (const { gamma, beta } of Object.values(norms)) {
        gamma.dispose();
        beta.dispose();
      }
    },
  };
}
