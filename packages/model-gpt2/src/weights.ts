import type { WeightSource } from "@dylora/io";
import {
  type BlockWeights,
  type DeltaOf,
  type FrozenEmbedding,
  type FrozenNorm,
  freezeEmbedding,
  type Own,
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

/** Reads what lies outside the blocks. @param root cursor where `lm_head` lies @param body cursor where `wte` lies */
export async function readOuter(
  root: WeightSource,
  body: WeightSource,
  { vocabSize, hiddenSize, maxPositions, tiedOutput }: Gpt2Config,
  own: Own,
): Promise<OuterWeights> {
  const table = async (
    source: WeightSource,
    name: string,
    rows: number,
    what: string,
    output = false,
  ): Promise<FrozenEmbedding> =>
    own(freezeEmbedding(await source.read(`${name}.weight`, [rows, hiddenSize]), [rows, hiddenSize], what, output));
  const tokens = await table(body, "wte", vocabSize, "token", tiedOutput);
  return {
    tokens,
    positions: await table(body, "wpe", maxPositions, "position"),
    finalNorm: await readNorm(body, "ln_f", hiddenSize, own),
    output: tiedOutput ? tokens : await table(root, "lm_head", vocabSize, "token", true),
  };
}

/** Reads a block. @param source cursor at the layer @param deltaOf added to the weights on the way */
export async function readBlock(
  source: WeightSource,
  { hiddenSize, intermediateSize }: Gpt2Config,
  own: Own,
  deltaOf?: DeltaOf,
): Promise<BlockWeights> {
  const linear = (module: string, inFeatures: number, outFeatures: number) =>
    readLinear(source, module, { inFeatures, outFeatures, layout: "in-out" }, own, deltaOf);
  return {
    qkv: await linear(siteModules.qkv, hiddenSize, 3 * hiddenSize),
    attentionOutput: await linear(siteModules.attentionOutput, hiddenSize, hiddenSize),
    intermediate: await linear(siteModules.intermediate, hiddenSize, intermediateSize),
    output: await linear(siteModules.output, intermediateSize, hiddenSize),
    attentionNorm: await readNorm(source, "ln_1", hiddenSize, own),
    outputNorm: await readNorm(source, "ln_2", hiddenSize, own),
  };
}
