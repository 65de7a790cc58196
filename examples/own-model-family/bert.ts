// BERT as a sequence classifier: what transformers' BertForSequenceClassification computes.
import { namedAs, type WeightSource } from "@dylora/io";
import {
  type AdaptableModel,
  addDeltas,
  blockAdapters,
  blockDropout,
  changedLayers,
  type ForwardContext,
  fillNormal,
  type HeadParameter,
  type TokenBatch,
  type WeightDeltas,
} from "@dylora/lora-core";
import {
  additiveMask,
  type BlockWeights,
  type DeltaOf,
  DisposableStack,
  dropout,
  embedding,
  type FrozenEmbedding,
  type FrozenLinear,
  type FrozenNorm,
  foldName,
  freezeEmbedding,
  freezeMatrix,
  frozenLinear,
  layerNorm,
  linear,
  loraLinear,
  readLinear,
  readMatrix,
  readNorm,
  selectRows,
  transformerBlock,
  unrecorded,
} from "@dylora/tensor";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { BertConfig } from "./config.ts";
import { headOf, layerPath, modules, POOLER, sitesOf } from "./sites.ts";

/** The weights under the names of the model with a head, also where a file holds the bare encoder. */
export const bertWeights = (weights: WeightSource): WeightSource =>
  namedAs(weights, { prefix: "bert", modules: ["embeddings", "encoder", "pooler"] });

interface Bert {
  readonly config: BertConfig;
  readonly weights: WeightSource;
  readonly tables: {
    readonly word: FrozenEmbedding;
    readonly position: FrozenEmbedding;
    readonly type: FrozenEmbedding;
  };
  readonly norm: FrozenNorm;
  readonly layers: readonly BlockWeights[];
  readonly pooler: FrozenLinear;
  readonly head: readonly HeadParameter[];
  readonly deltas?: WeightDeltas;
  dispose(): void;
}

const spec = (inFeatures: number, outFeatures: number) => ({ inFeatures, outFeatures, layout: "out-in" }) as const;

async function readBlock(
  source: WeightSource,
  config: BertConfig,
  stack: DisposableStack,
  deltaOf?: DeltaOf,
): Promise<BlockWeights> {
  const { hiddenSize: size, intermediateSize: inner } = config;
  const [weight, bias] = [new Float32Array(3 * size * size), new Float32Array(3 * size)];
  for (const [part, module] of [modules.query, modules.key, modules.value].entries()) {
    weight.set(await readMatrix(source, module, spec(size, size), deltaOf), part * size * size);
    bias.set(await source.read(`${module}.bias`, [size]), part * size);
  }
  return {
    qkv: { weight: stack.use(freezeMatrix(weight, spec(size, 3 * size))), bias: stack.use(tf.keep(tf.tensor1d(bias))) },
    attentionOutput: await readLinear(source, modules.attentionOutput, spec(size, size), stack, deltaOf),
    intermediate: await readLinear(source, modules.intermediate, spec(size, inner), stack, deltaOf),
    output: await readLinear(source, modules.output, spec(inner, size), stack, deltaOf),
    attentionNorm: await readNorm(source, "attention.output.LayerNorm", size, stack),
    outputNorm: await readNorm(source, "output.LayerNorm", size, stack),
  };
}

const readPooler = (
  weights: WeightSource,
  { hiddenSize }: BertConfig,
  stack: DisposableStack,
  deltaOf?: DeltaOf,
): Promise<FrozenLinear> => readLinear(weights, POOLER, spec(hiddenSize, hiddenSize), stack, deltaOf);

/** The head of the file where it has the wanted number of outputs, else a new one. */
async function readHead(weights: WeightSource, config: BertConfig, outputs: number, seed: number) {
  const head: HeadParameter[] = [];
  for (const { name, shape } of headOf(config, outputs)) {
    const stored = weights.has(name) && weights.shape(name).join() === shape.join();
    const values = stored ? await weights.read(name, shape) : new Float32Array(outputs * (shape[1] ?? 1));
    if (!stored && shape.length === 2) fillNormal(values, 0.02, foldName(seed, name));
    head.push({ name, shape, values, fresh: !stored });
  }
  return head;
}

/**
 * Loads it onto the active backend.
 *
 * @returns the model; the caller disposes it
 */
export async function loadBert(
  source: WeightSource,
  config: BertConfig,
  outputs: number,
  seed: number,
): Promise<AdaptableModel> {
  const weights = bertWeights(source);
  const stack = new DisposableStack();
  try {
    const { hiddenSize, vocabSize, maxPositions, typeVocabSize } = config;
    const at = weights.at("bert.embeddings");
    const table = async (name: string, rows: number, what: string) =>
      stack.use(freezeEmbedding(await at.read(`${name}.weight`, [rows, hiddenSize]), [rows, hiddenSize], what));
    const tables = {
      word: await table("word_embeddings", vocabSize, "token"),
      position: await table("position_embeddings", maxPositions, "position"),
      type: await table("token_type_embeddings", typeVocabSize, "token type"),
    };
    const norm = await readNorm(at, "LayerNorm", hiddenSize, stack);
    const layers: BlockWeights[] = [];
    for (let layer = 0; layer < config.layers; layer++)
      layers.push(await readBlock(weights.at(layerPath(layer)), config, stack));
    const pooler = await readPooler(weights, config, stack);
    const head = await readHead(weights, config, outputs, seed);
    return assemble({ config, weights, tables, norm, layers, pooler, head, dispose: () => stack.dispose() });
  } catch (error) {
    stack.dispose();
    throw error;
  }
}

function embed({ tables, norm, config }: Bert, inputs: TokenBatch, context: ForwardContext): Tensor2D {
  const { size, length, inputIds } = inputs;
  return unrecorded(() => {
    const positions = Array.from({ length: size * length }, (_, at) => at % length);
    const words = tf.add(embedding(inputIds, tables.word), embedding(positions, tables.position));
    const sum = tf.add(words, embedding(new Int32Array(size * length), tables.type)) as Tensor2D;
    const normalised = layerNorm(sum, norm.gamma, norm.beta, config.epsilon);
    return dropout(normalised, context.dropout("bert.embeddings.dropout", config.dropout), size);
  });
}

function runBlock(bert: Bert, hidden: Tensor2D, layer: number, inputs: TokenBatch, mask: Tensor2D | undefined) {
  const { config, layers } = bert;
  const path = layerPath(layer);
  return (context: ForwardContext): Tensor2D => {
    const adapters = blockAdapters(context, path, modules);
    const drop = blockDropout(context, path, {
      attention: ["attention.self.dropout", config.attentionDropout],
      attentionOutput: ["attention.output.dropout", config.dropout],
      output: ["output.dropout", config.dropout],
    });
    return transformerBlock(
      hidden,
      { weights: layers[layer] as BlockWeights, adapters },
      {
        batch: inputs.size,
        length: inputs.length,
        heads: config.heads,
        norm: "post",
        epsilon: config.epsilon,
        gelu: "erf",
        causal: false,
        dropout: drop,
        frozenInput: layer === 0,
        ...(mask === undefined ? {} : { mask }),
      },
    );
  };
}

function assemble(bert: Bert): AdaptableModel {
  const { config, weights, layers, pooler, head, dispose } = bert;
  const sites = sitesOf(config);
  return {
    architecture: "bert",
    sites,
    defaultTargets: ["query", "value"],
    head,
    forward(inputs, context) {
      const { size, length } = inputs;
      const mask = additiveMask(inputs.attentionMask, size, length);
      let hidden = embed(bert, inputs, context);
      for (let layer = 0; layer < config.layers; layer++) hidden = runBlock(bert, hidden, layer, inputs, mask)(context);
      const first = selectRows(
        hidden,
        Array.from({ length: size }, (_, text) => text * length),
      );
      const pair = context.adapter(POOLER);
      const dense = pair === undefined ? frozenLinear(first, pooler) : loraLinear(first, pooler, pair, size);
      const pooled = tf.tanh(dense) as Tensor2D;
      const input = dropout(pooled, context.dropout("dropout", config.dropout), size);
      const [weight, bias] = ["weight", "bias"].map((name) => context.parameter(`classifier.${name}`));
      return linear(input, weight as Tensor2D, bias as Tensor1D);
    },
    async withDeltas(added) {
      const deltas = bert.deltas === undefined ? added : addDeltas(bert.deltas, added);
      const stack = new DisposableStack();
      try {
        const changed = await changedLayers({
          layers,
          sites,
          paths: added.keys(),
          deltas,
          pathOf: layerPath,
          read: (layer, deltaOf) => readBlock(weights.at(layerPath(layer)), config, stack, deltaOf),
        });
        const isPooled = [...added.keys()].includes(POOLER);
        const pooled = isPooled ? await readPooler(weights, config, stack, (path) => deltas.get(path)) : pooler;
        return assemble({ ...bert, layers: changed, pooler: pooled, deltas, dispose: () => stack.dispose() });
      } catch (error) {
        stack.dispose();
        throw error;
      }
    },
    dispose,
  };
}
