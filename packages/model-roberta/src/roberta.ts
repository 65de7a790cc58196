import type { WeightSource } from "@dylora/io";
import type { AdaptableModel, ForwardContext, TokenBatch } from "@dylora/lora-core";
import { additiveMask, type BlockOperands, type BlockSite, type LoraOperand, transformerBlock } from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { parseRobertaConfig, type RobertaConfig } from "./config.ts";
import { type Embeddings, readEmbeddings } from "./embeddings.ts";
import type { LoadedHead, RobertaHead } from "./heads.ts";
import { type LayerWeights, readLayer } from "./layer-weights.ts";
import { encoderSites, layerPath, siteModules } from "./sites.ts";

/** A loaded RoBERTa. */
export interface Roberta extends AdaptableModel<TokenBatch> {
  /** Its configuration. */
  readonly config: RobertaConfig;
}

/** What {@link loadRoberta} needs. */
export interface LoadRobertaOptions {
  /** Content of `config.json`. */
  readonly config: unknown;
  /** The weights, for instance from `openModelFolder` of `@dylora/io/node`. Kept for merging; the caller closes it. */
  readonly weights: WeightSource;
  /** What turns hidden states into logits: `sequenceClassification(n)`, `maskedLanguageModel` or `encoderOutput`. */
  readonly head: RobertaHead;
  /** Seed of a head the file does not hold; default 0. */
  readonly seed?: number;
}

/**
 * Loads a RoBERTa of any size onto the active engine. Each weight is read, handed over and let go before the next.
 *
 * @returns the model; the caller disposes it
 * @throws FormatError `bad_model_config`, `missing_tensor` or `tensor_shape`
 *
 * @example
 * ```ts
 * import { memoryWeights } from "@dylora/io";
 * import { loadRoberta, sequenceClassification } from "@dylora/model-roberta";
 *
 * const config = { model_type: "bert" };
 * await loadRoberta({ config, weights: memoryWeights(new Map()), head: sequenceClassification(2) }).catch((error) => {
 *   console.log(error.code); // bad_model_config
 * });
 * ```
 */
export async function loadRoberta({ config: json, weights, head, seed = 0 }: LoadRobertaOptions): Promise<Roberta> {
  const config = parseRobertaConfig(json);
  const body = weights.has("roberta.embeddings.word_embeddings.weight") ? weights.at("roberta") : weights;
  const owned: { dispose(): void }[] = [];
  const own = <T extends { dispose(): void }>(part: T): T => {
    owned.push(part);
    return part;
  };
  try {
    const embeddings = own(await readEmbeddings(body.at("embeddings"), config));
    const layers: LayerWeights[] = [];
    for (let layer = 0; layer < config.layers; layer++) {
      layers.push(own(await readLayer(body.at(`encoder.layer.${layer}`), config)));
    }
    const loaded = own(await head(weights, config, embeddings, seed));
    return assemble(config, body, embeddings, layers, loaded, owned);
  } catch (error) {
    for (const part of owned) part.dispose();
    throw error;
  }
}

function assemble(
  config: RobertaConfig,
  body: WeightSource,
  embeddings: Embeddings,
  layers: readonly LayerWeights[],
  head: LoadedHead,
  owned: { dispose(): void }[],
): Roberta {
  return {
    architecture: "roberta",
    config,
    sites: encoderSites(config),
    defaultTargets: ["query", "value"],
    head: head.parameters,
    forward(inputs, context) {
      const mask = additiveMask(inputs.attentionMask, inputs.size, inputs.length);
      let hidden = embeddings.forward(inputs, context);
      layers.forEach((weights, layer) => {
        hidden = encoderLayer(hidden, weights, layer, config, inputs, mask, context);
      });
      return head.forward(hidden, inputs, context);
    },
    async withDeltas(deltas) {
      const replaced: LayerWeights[] = [];
      const next = [...layers];
      for (let layer = 0; layer < layers.length; layer++) {
        const prefix = `${layerPath(layer)}.`;
        const own = [...deltas].filter(([path]) => path.startsWith(prefix));
        if (own.length === 0) continue;
        const below = new Map(own.map(([path, delta]) => [path.slice(prefix.length), delta]));
        const weights = await readLayer(body.at(`encoder.layer.${layer}`), config, below);
        replaced.push(weights);
        next[layer] = weights;
      }
      return assemble(config, body, embeddings, next, head, replaced);
    },
    dispose() {
      for (const part of owned.splice(0)) part.dispose();
    },
  };
}

function encoderLayer(
  hidden: Tensor2D,
  weights: LayerWeights,
  layer: number,
  config: RobertaConfig,
  { size, length }: TokenBatch,
  mask: Tensor2D | undefined,
  context: ForwardContext,
): Tensor2D {
  const path = layerPath(layer);
  const adapters: Partial<Record<BlockSite, LoraOperand>> = {};
  for (const [site, module] of Object.entries(siteModules) as [BlockSite, string][]) {
    const operand = context.adapter(`${path}.${module}`);
    if (operand !== undefined) adapters[site] = operand;
  }
  const places = {
    attention: context.dropout(`${path}.attention.self.dropout`, config.attentionDropout),
    attentionOutput: context.dropout(`${path}.attention.output.dropout`, config.hiddenDropout),
    output: context.dropout(`${path}.output.dropout`, config.hiddenDropout),
  };
  const dropout = Object.fromEntries(Object.entries(places).filter(([, place]) => place !== undefined));
  const operands: BlockOperands = { weights, adapters };
  return transformerBlock(hidden, operands, {
    batch: size,
    length,
    heads: config.heads,
    norm: "post",
    epsilon: config.epsilon,
    gelu: config.gelu,
    causal: false,
    dropout,
    ...(mask === undefined ? {} : { mask }),
  });
}
