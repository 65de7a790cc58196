import { namedAs, readTiedTables, type TiedTables, type WeightSource } from "@dylora/io";
import { type AdaptableModel, addDeltas, changedLayers, type TokenBatch, type WeightDeltas } from "@dylora/lora-core";
import { additiveMask, type BlockWeights, DisposableStack } from "@dylora/tensor";
import { parseRobertaConfig, type RobertaConfig } from "./config.ts";
import { type Embeddings, readEmbeddings } from "./embeddings.ts";
import { encoderLayer } from "./encoder-layer.ts";
import type { LoadedHead, RobertaHead } from "./head.ts";
import { readLayer } from "./layer-weights.ts";
import { encoderSites, layerPath } from "./sites.ts";

/** A loaded RoBERTa. */
export interface Roberta extends AdaptableModel<TokenBatch> {
  /** Its configuration. */
  readonly config: RobertaConfig;
  /** Frees the weights, as `dispose` does, at the end of a `using` block. */
  [Symbol.dispose](): void;
}

/** What {@link loadRoberta} needs. */
export interface LoadRobertaOptions {
  /** Content of `config.json`. */
  readonly config: unknown;
  /**
   * The weights, for instance from `openModelFolder` of `@dylora/io/node`. Merging an adapter reads the weights it
   * changes again: leave the source open as long as that may happen. The caller closes it.
   */
  readonly weights: WeightSource;
  /** What turns hidden states into logits: `sequenceClassification(n)`, `maskedLanguageModel()` or `encoderOutput()`. */
  readonly head: RobertaHead;
  /** Seed of what the head makes anew because the file does not hold it; default 0. */
  readonly seed?: number;
}

/**
 * Weights of a RoBERTa under the names that transformers' classes with a head have, whether they are stored so
 * (`roberta.embeddings.…`), as those of the bare encoder (`embeddings.…`), or with the `LayerNorm.gamma` and
 * `LayerNorm.beta` of the oldest checkpoints.
 *
 * @param weights at the root of the file; shared, not copied
 */
export function robertaWeights(weights: WeightSource): WeightSource {
  return namedAs(weights, { prefix: "roberta", modules: ["embeddings", "encoder", "pooler"] });
}

/**
 * Loads a RoBERTa, XLM-RoBERTa or CamemBERT of any size onto the active backend, from the weights of the bare encoder or
 * of a model with a head, named in any way that {@link robertaWeights} knows. Each weight is read, handed over and let go
 * before the next. `warnings` of the result says what is odd about the files.
 *
 * @returns the model; the caller disposes it
 * @throws FormatError `bad_model_config` or `missing_tensor`
 * @throws ShapeError `tensor_shape` or `tensor_dtype`
 *
 * @example
 * ```ts
 * import { wasmBackend } from "@dylora/backend-wasm";
 * import type { WeightSource } from "@dylora/io";
 * import { attach } from "@dylora/lora-core";
 * import { loadRoberta, sequenceClassification } from "@dylora/model-roberta";
 * import { useBackend } from "@dylora/tensor";
 *
 * // Weights may come from anywhere; those of a Hugging Face folder from openModelFolder of @dylora/io/node.
 * const ones: WeightSource = {
 *   path: "",
 *   name: "ones",
 *   at: () => ones,
 *   has: (name) => name.includes("embeddings"),
 *   shape: () => [],
 *   names: () => [],
 *   read: async (_name, shape) => new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(1),
 *   close: async () => {},
 * };
 * const config = {
 *   model_type: "roberta", vocab_size: 10, hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 2,
 *   intermediate_size: 16, max_position_embeddings: 12,
 * };
 *
 * await useBackend(wasmBackend());
 * const model = await loadRoberta({ config, weights: ones, head: sequenceClassification(2) });
 * const adapted = attach(model, { rank: 4 });
 * const batch = { inputIds: [0, 5, 6, 2], attentionMask: [1, 1, 1, 1], size: 1, length: 4 };
 * const logits = adapted.forward(batch, { view: { rank: 2 } });
 * console.log(logits.shape); // [ 1, 2 ]
 * logits.dispose();
 * model.dispose();
 * ```
 */
export async function loadRoberta({ config: json, weights, head, seed = 0 }: LoadRobertaOptions): Promise<Roberta> {
  const config = parseRobertaConfig(json);
  const named = robertaWeights(weights);
  const stack = new DisposableStack();
  try {
    const words = await readWords(named, config, head);
    const table = { values: words.table, tied: head.tiesWords === true && words.output === undefined };
    const embeddings = await readEmbeddings(named.at("roberta.embeddings"), config, stack, table);
    const layers: BlockWeights[] = [];
    for (let layer = 0; layer < config.layers; layer++)
      layers.push(await readLayer(named.at(layerPath(layer)), config, stack));
    const loaded = await head({ weights: named, config, embeddings, output: words.output, seed, stack });
    const warnings = [...words.warnings, ...(loaded.warnings ?? [])];
    return assemble({
      config,
      weights: named,
      embeddings,
      layers,
      head: loaded,
      warnings,
      dispose: () => stack.dispose(),
    });
  } catch (error) {
    stack.dispose();
    throw error;
  }
}

/** Token table, and the output layer of a head that scores against it. */
async function readWords(weights: WeightSource, config: RobertaConfig, head: RobertaHead): Promise<TiedTables> {
  const { vocabSize, hiddenSize, tiedEmbeddings: tied } = config;
  const table = "roberta.embeddings.word_embeddings.weight";
  const shape = [vocabSize, hiddenSize];
  if (head.tiesWords === true) return readTiedTables(weights, { table, output: "lm_head.decoder.weight", shape, tied });
  return { table: await weights.read(table, shape), output: undefined, warnings: [] };
}

interface Parts {
  readonly config: RobertaConfig;
  /** Named as in a model with a head. */
  readonly weights: WeightSource;
  readonly embeddings: Embeddings;
  readonly layers: readonly BlockWeights[];
  readonly head: LoadedHead;
  readonly warnings: readonly string[];
  /** What the layers hold beyond the weights in the file. */
  readonly deltas?: WeightDeltas;
  /** Frees what this model owns. */
  dispose(): void;
}

function assemble(parts: Parts): Roberta {
  const { config, weights, embeddings, layers, head, warnings, dispose } = parts;
  return {
    architecture: "roberta",
    config,
    sites: encoderSites(config),
    defaultTargets: ["query", "value"],
    head: head.parameters,
    warnings,
    forward(inputs, context) {
      const mask = additiveMask(inputs.attentionMask, inputs.size, inputs.length);
      let hidden = embeddings.forward(inputs, context);
      layers.forEach((block, layer) => {
        // The last layer computes what the head reads, and no more.
        const firstTokens = layer === layers.length - 1 ? head.firstTokens : undefined;
        const run = { config, weights: block, layer, shape: inputs, mask, context, firstTokens };
        const next = encoderLayer(hidden, run);
        // What its gradient needs, a layer has kept; the rest would lie there until the whole pass ends.
        hidden.dispose();
        hidden = next;
      });
      return head.forward(hidden, inputs, context);
    },
    async withDeltas(added) {
      const deltas = parts.deltas === undefined ? added : addDeltas(parts.deltas, added);
      const stack = new DisposableStack();
      try {
        const changed = await changedLayers({
          layers,
          sites: encoderSites(config),
          paths: added.keys(),
          deltas,
          pathOf: layerPath,
          read: (layer, deltaOf) => readLayer(weights.at(layerPath(layer)), config, stack, deltaOf),
        });
        return assemble({ ...parts, layers: changed, deltas, dispose: () => stack.dispose() });
      } catch (error) {
        stack.dispose();
        throw error;
      }
    },
    dispose,
    [Symbol.dispose]: dispose,
  };
}
