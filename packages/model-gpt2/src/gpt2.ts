import { ConfigError, ShapeError } from "@dylora/errors";
import type { WeightSource } from "@dylora/io";
import {
  type AdaptableModel,
  addDeltas,
  type ForwardContext,
  type TokenBatch,
  type WeightDeltas,
} from "@dylora/lora-core";
import {
  additiveMask,
  type BlockOptions,
  type BlockSite,
  type BlockWeights,
  cachedBlock,
  createOwner,
  dropout,
  embedding,
  type KeyValueCache,
  type LoraOperand,
  layerNorm,
  type Own,
  selectRows,
  transformerBlock,
  unembed,
} from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { disposeBlocks, type Gpt2Cache, joinMasks, makeCache } from "./cache.ts";
import { type Gpt2Config, parseGpt2Config } from "./config.ts";
import { positionIds } from "./position-ids.ts";
import { blockSitesOf, layerPath, siteModules } from "./sites.ts";
import { type OuterWeights, readBlock, readOuter } from "./weights.ts";

/** A padded batch, with the positions that the output layer is wanted for. */
export interface CausalInputs extends TokenBatch {
  /** Rows of the hidden states `[size * length, hidden]` to compute logits for, each at most once; default all. */
  readonly outputRows?: ArrayLike<number>;
}

/** A loaded GPT-2. */
export interface Gpt2 extends AdaptableModel<CausalInputs> {
  /** Its configuration. */
  readonly config: Gpt2Config;
  /**
   * Reads new tokens after those in a cache, for generation.
   *
   * @param inputs the new tokens; `outputRows` are rows of these
   * @param cache what came before; undefined at the start. It is not disposed.
   * @returns logits `[rows, vocabulary]` and the cache to go on with; the caller disposes both
   */
  continueFrom(
    inputs: CausalInputs,
    context: ForwardContext,
    cache: Gpt2Cache | undefined,
  ): { readonly logits: Tensor2D; readonly cache: Gpt2Cache };
}

/** What {@link loadGpt2} needs. */
export interface LoadGpt2Options {
  /** Content of `config.json`. */
  readonly config: unknown;
  /** The weights, for instance from `openModelFolder` of `@dylora/io/node`. Kept for merging; the caller closes it. */
  readonly weights: WeightSource;
}

/**
 * Loads a GPT-2 of any size, output layer tied or not, onto the active engine.
 *
 * @returns the model; the caller disposes it
 * @throws FormatError `bad_model_config`, `missing_tensor` or `tensor_shape`
 */
export async function loadGpt2({ config: json, weights }: LoadGpt2Options): Promise<Gpt2> {
  const config = parseGpt2Config(json);
  const body = weights.has("transformer.wte.weight") ? weights.at("transformer") : weights;
  const { own, dispose } = createOwner();
  try {
    const outer = await readOuter(weights, body, config, own);
    const blocks: BlockWeights[] = [];
    for (let layer = 0; layer < config.layers; layer++)
      blocks.push(await readBlock(body.at(`h.${layer}`), config, own));
    return assemble({ config, body, outer, blocks, dispose });
  } catch (error) {
    dispose();
    throw error;
  }
}

interface Parts {
  readonly config: Gpt2Config;
  readonly body: WeightSource;
  readonly outer: OuterWeights;
  readonly blocks: readonly BlockWeights[];
  readonly deltas?: WeightDeltas;
  dispose(): void;
}

function embed(
  { config, outer }: Parts,
  { inputIds, size }: TokenBatch,
  positions: Int32Array,
  longest: number,
  context: ForwardContext,
): Tensor2D {
  if (longest > config.maxPositions) {
    throw new ConfigError(
      "sequence_too_long",
      `a text has ${longest} tokens; this model takes ${config.maxPositions}, prompt and continuation together`,
    );
  }
  const sum = tf.add(embedding(inputIds, outer.tokens), embedding(positions, outer.positions)) as Tensor2D;
  return dropout(sum, context.dropout("transformer.drop", config.embeddingDropout), size);
}

function adaptersOf(layer: number, context: ForwardContext): Partial<Record<BlockSite, LoraOperand>> {
  const adapters: Partial<Record<BlockSite, LoraOperand>> = {};
  for (const [site, module] of Object.entries(siteModules) as [BlockSite, string][]) {
    const operand = context.adapter(`${layerPath(layer)}.${module}`);
    if (operand !== undefined) adapters[site] = operand;
  }
  return adapters;
}

function output({ config, outer }: Parts, hidden: Tensor2D, rows: ArrayLike<number> | undefined): Tensor2D {
  const chosen = rows === undefined ? hidden : selectRows(hidden, rows);
  return unembed(layerNorm(chosen, outer.finalNorm.gamma, outer.finalNorm.beta, config.epsilon), outer.output);
}

function shapeOf(
  config: Gpt2Config,
  { size, length }: TokenBatch,
): Pick<BlockOptions, "batch" | "length" | "heads" | "norm" | "epsilon" | "gelu"> {
  return { batch: size, length, heads: config.heads, norm: "pre", epsilon: config.epsilon, gelu: config.gelu };
}

function dropoutOf(config: Gpt2Config, layer: number, context: ForwardContext): NonNullable<BlockOptions["dropout"]> {
  const path = layerPath(layer);
  const places = {
    attention: context.dropout(`${path}.attn.attn_dropout`, config.attentionDropout),
    attentionOutput: context.dropout(`${path}.attn.resid_dropout`, config.residualDropout),
    output: context.dropout(`${path}.mlp.dropout`, config.residualDropout),
  };
  return Object.fromEntries(Object.entries(places).filter(([, place]) => place !== undefined));
}

function assemble(parts: Parts): Gpt2 {
  const { config, blocks, dispose } = parts;
  return {
    architecture: "gpt2",
    config,
    sites: blockSitesOf(config),
    defaultTargets: ["c_attn"],
    head: [],
    forward(inputs, context) {
      const { attentionMask, size, length } = inputs;
      const positions = positionIds(attentionMask, size, length, 0);
      let hidden = embed(parts, inputs, positions, length, context);
      const mask = additiveMask(attentionMask, size, length);
      blocks.forEach((weights, layer) => {
        const operands = { weights, adapters: adaptersOf(layer, context) };
        hidden = transformerBlock(hidden, operands, {
          ...shapeOf(config, inputs),
          causal: true,
          dropout: dropoutOf(config, layer, context),
          ...(mask === undefined ? {} : { mask }),
        });
      });
      return output(parts, hidden, inputs.outputRows);
    },
    continueFrom(inputs, context, cache) {
      const { size, length } = inputs;
      if (cache !== undefined && cache.size !== size) {
        throw new ShapeError("bad_shape", `the cache holds ${cache.size} texts and the batch ${size}`);
      }
      const seen = cache?.length ?? 0;
      const attentionMask = joinMasks(cache, inputs);
      const next: KeyValueCache[] = [];
      try {
        const logits = tf.tidy(() => {
          const positions = positionIds(attentionMask, size, seen + length, seen);
          let hidden = embed(parts, inputs, positions, seen + length, context);
          const mask = additiveMask(attentionMask, size, seen + length);
          const options = { ...shapeOf(config, inputs), ...(mask === undefined ? {} : { mask }) };
          blocks.forEach((weights, layer) => {
            const operands = { weights, adapters: adaptersOf(layer, context) };
            const result = cachedBlock(hidden, operands, options, cache?.blocks[layer]);
            next.push(result.cache);
            hidden = result.y;
          });
          return output(parts, hidden, inputs.outputRows);
        });
        return { logits, cache: makeCache(next, attentionMask, size) };
      } catch (error) {
        disposeBlocks(next);
        throw error;
      }
    },
    async withDeltas(added) {
      const deltas = parts.deltas === undefined ? added : addDeltas(parts.deltas, added);
      const owner = createOwner();
      try {
        const changed = await readChanged(parts, [...added.keys()], deltas, owner.own);
        return assemble({ ...parts, blocks: changed, deltas, dispose: owner.dispose });
      } catch (error) {
        owner.dispose();
        throw error;
      }
    },
    dispose,
  };
}

/** The blocks, with those read again that hold a site named in `paths`. */
async function readChanged(
  { config, body, blocks }: Parts,
  paths: readonly string[],
  deltas: WeightDeltas,
  own: Own,
): Promise<BlockWeights[]> {
  const sites = new Set(blockSitesOf(config).map(({ path }) => path));
  const unknown = paths.find((path) => !sites.has(path));
  if (unknown !== undefined) throw new ConfigError("unknown_target", `the model has no site "${unknown}"`);
  const result: BlockWeights[] = [];
  for (const [layer, weights] of blocks.entries()) {
    const prefix = `${layerPath(layer)}.`;
    const isChanged = paths.some((path) => path.startsWith(prefix));
    const deltaOf = (module: string) => deltas.get(`${prefix}${module}`);
    result.push(isChanged ? await readBlock(body.at(`h.${layer}`), config, own, deltaOf) : weights);
  }
  return result;
}
