import { readTiedTables, type WeightSource } from "@dylora/io";
import {
  type BlockWeights,
  type DeltaOf,
  type DisposableStack,
  type FrozenEmbedding,
  type FrozenNorm,
  freezeEmbedding,
  readLinear,
  readNorm,
} from "@dylora/tensor";
import type { Gpt2Config } from "./config.ts";
import { siteModules } from "./sites.ts";

/** Frozen weights outside the blocks. */
export interface OuterWeights {
  /** Token table. */
  readonly tokens: FrozenEmbedding;
  /** Position table. */
  readonly positions: FrozenEmbedding;
  /** Normalisation before the output layer. */
  readonly finalNorm: FrozenNorm;
  /** Output layer: the token table where it is tied. */
  readonly output: FrozenEmbedding;
}

/**
 * Reads what lies outside the blocks.
 *
 * @param weights at the root, named as in the model with its output layer
 * @returns also what is odd about the files
 */
export async function readOuter(
  weights: WeightSource,
  { vocabSize, hiddenSize, maxPositions, tiedOutput: tied }: Gpt2Config,
  stack: DisposableStack,
): Promise<{ readonly outer: OuterWeights; readonly warnings: readonly string[] }> {
  const shape: [number, number] = [vocabSize, hiddenSize];
  const names = { table: "transformer.wte.weight", output: "lm_head.weight", shape, tied };
  const { table, output, warnings } = await readTiedTables(weights, names);
  const tokens = stack.use(freezeEmbedding(table, shape, "token", output === undefined));
  const positions = await weights.read("transformer.wpe.weight", [maxPositions, hiddenSize]);
  const outer = {
    tokens,
    positions: stack.use(freezeEmbedding(positions, [maxPositions, hiddenSize], "position")),
    finalNorm: await readNorm(weights.at("transformer"), "ln_f", hiddenSize, stack),
    output: output === undefined ? tokens : stack.use(freezeEmbedding(output, shape, "token", true)),
  };
  return { outer, warnings };
}

/** Reads a block. @param source cursor at the layer @param deltaOf added to the weights on the way */
export async function readBlock(
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
