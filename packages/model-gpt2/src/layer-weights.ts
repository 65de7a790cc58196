import type { WeightSource } from "@dylora/io";
import { type BlockWeights, type DeltaOf, type DisposableStack, readLinear, readNorm } from "@dylora/tensor";
import type { Gpt2Config } from "./config.ts";
import { siteModules } from "./sites.ts";

/**
 * Reads a layer.
 *
 * @param source cursor at the layer
 * @param stack frees it
 * @param deltaOf added to the weights on the way
 */
export async function readLayer(
  source: WeightSource,
  { hiddenSize, intermediateSize }: Gpt2Config,
  stack: DisposableStack,
  deltaOf?: DeltaOf,
): Promise<BlockWeights> {
  const linear = (module: string, inFeatures: number, outFeatures: number) =>
    readLinear(source, module, { inFeatures, outFeatures, layout: "in-out" }, stack, deltaOf);
  return {
    qkv: await linear(siteModules.qkv, hiddenSize, 3 * hiddenSize),
    attentionOutput: await linear(siteModules.attentionOutput, hiddenSize, hiddenSize),
    intermediate: await linear(siteModules.intermediate, hiddenSize, intermediateSize),
    output: await linear(siteModules.output, intermediateSize, hiddenSize),
    attentionNorm: await readNorm(source, "ln_1", hiddenSize, stack),
    outputNorm: await readNorm(source, "ln_2", hiddenSize, stack),
  };
}
