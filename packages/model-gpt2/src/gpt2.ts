import { ShapeError } from "@dylora/errors";
import { namedAs, readTiedTables, type TiedTables, type WeightSource } from "@dylora/io";
import { addDeltas, type CausalModel, changedLayers, type WeightDeltas } from "@dylora/lora-core";
import { additiveMask, type BlockWeights, DisposableStack, type KeyValueCache } from "@dylora/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { disposeLayers, joinMasks, makeCache } from "./cache.ts";
import { causalLanguageModel, type LoadedHead } from "./causal-language-model.ts";
import { endTokensOf, type Gpt2Config, parseGpt2Config } from "./config.ts";
import { continueLayer, decoderLayer } from "./decoder-layer.ts";
import { type Embeddings, positionIds, readEmbeddings } from "./embeddings.ts";
import { readLayer } from "./layer-weights.ts";
import { decoderSites, layerPath } from "./sites.ts";

/** A loaded GPT-2. */
export interface Gpt2 extends CausalModel {
  /** Its configuration. */
  readonly config: Gpt2Config;
  /** Frees the weights, as `dispose` does, at the end of a `using` block. */
  [Symbol.dispose](): void;
}

/** What {@link loadGpt2} needs. */
export interface LoadGpt2Options {
  /** Content of `config.json`. */
  readonly config: unknown;
  /**
   * Content of `generation_config.json`, where the folder has one: its `eos_token_id` then takes the place of that of
   * `config.json`, as in transformers. `generationSettings` takes the rest of it.
   */
  readonly generationConfig?: unknown;
  /** The weights, for instance from `openModelFolder` of `@dylora/io/node`. Kept for merging; the caller closes it. */
  readonly weights: WeightSource;
}

/**
 * Weights of a GPT-2 under the names that transformers' `GPT2LMHeadModel` has, whether they are stored so
 * (`transformer.wte.weight`) or as the first published checkpoints were (`wte.weight`).
 *
 * @param weights at the root of the file; shared, not copied
 */
export function gpt2Weights(weights: WeightSource): WeightSource {
  return namedAs(weights, { prefix: "transformer", modules: ["wte", "wpe", "h", "ln_f"] });
}

/**
 * Loads a GPT-2 of any size onto the active backend, from weights named in any way that {@link gpt2Weights} knows. Each is
 * read, handed over and let go before the next.
 *
 * The output layer is the token table where `config.json` ties them; a file may hold either for both. Where it holds both
 * and they differ, both are kept, as in transformers 5: the model's `config.tiedOutput` is false then, and `warnings` says so.
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
 * import { loadGpt2 } from "@dylora/model-gpt2";
 * import { useBackend } from "@dylora/tensor";
 *
 * // Weights may come from anywhere; those of a Hugging Face folder from openModelFolder of @dylora/io/node.
 * const ones: WeightSource = {
 *   path: "",
 *   name: "ones",
 *   at: () => ones,
 *   has: () => false,
 *   shape: () => [],
 *   names: () => [],
 *   read: async (_name, shape) => new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(1),
 *   close: async () => {},
 * };
 * const config = { model_type: "gpt2", vocab_size: 10, n_embd: 8, n_layer: 1, n_head: 2, n_positions: 16 };
 *
 * await useBackend(wasmBackend());
 * const model = await loadGpt2({ config, weights: ones });
 * const adapted = attach(model, { rank: 4, targets: ["c_attn.q", "c_attn.v"] });
 * const batch = { inputIds: [5, 6, 2], attentionMask: [1, 1, 1], size: 1, length: 3 };
 * const logits = adapted.forward({ ...batch, outputRows: [2] }, { view: { rank: 2 } });
 * console.log(logits.shape); // [ 1, 10 ]: of the last token alone
 * logits.dispose();
 * model.dispose();
 * ```
 */
export async function loadGpt2({ config: json, generationConfig, weights }: LoadGpt2Options): Promise<Gpt2> {
  const parsed = parseGpt2Config(json);
  // An end token beyond the vocabulary never comes; transformers takes it too.
  const ends =
    generationConfig === undefined
      ? parsed.eosTokenIds
      : (endTokensOf(generationConfig, "generation_config.json") ?? []);
  const config = { ...parsed, eosTokenIds: ends.filter((id) => id < parsed.vocabSize) };
  const named = gpt2Weights(weights);
  const stack = new DisposableStack();
  try {
    const words = await readWords(named, config);
    const table = { values: words.table, tied: words.output === undefined };
    const embeddings = await readEmbeddings(named.at("transformer"), config, stack, table);
    const layers: BlockWeights[] = [];
    for (let layer = 0; layer < config.layers; layer++)
      layers.push(await readLayer(named.at(layerPath(layer)), config, stack));
    const head = await causalLanguageModel({ weights: named, config, embeddings, output: words.output, stack });
    return assemble({
      config: { ...config, tiedOutput: words.output === undefined },
      weights: named,
      embeddings,
      layers,
      head,
      warnings: words.warnings,
      dispose: () => stack.dispose(),
    });
  } catch (error) {
    stack.dispose();
    throw error;
  }
}

/** Token table, and the output layer where it is another one. */
function readWords(
  weights: WeightSource,
  { vocabSize, hiddenSize, tiedOutput: tied }: Gpt2Config,
): Promise<TiedTables> {
  const shape = [vocabSize, hiddenSize];
  return readTiedTables(weights, { table: "transformer.wte.weight", output: "lm_head.weight", shape, tied });
}

interface Parts {
  readonly config: Gpt2Config;
  /** Named as in the model. */
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

function assemble(parts: Parts): Gpt2 {
  const { config, weights, embeddings, layers, head, warnings, dispose } = parts;
  return {
    architecture: "gpt2",
    config,
    sites: decoderSites(config),
    defaultTargets: ["c_attn"],
    head: [],
    warnings,
    forward(inputs, context) {
      const { attentionMask, size, length } = inputs;
      let hidden = embeddings.forward(inputs, positionIds(attentionMask, size, length, 0), context);
      const mask = additiveMask(attentionMask, size, length);
      layers.forEach((block, layer) => {
        const next = decoderLayer(hidden, { config, weights: block, layer, shape: inputs, mask, context });
        // What its gradient needs, a layer has kept; the rest would lie there until the whole pass ends.
        hidden.dispose();
        hidden = next;
      });
      return head.forward(hidden, inputs.outputRows);
    },
    continueFrom(inputs, context, cache, expectedLength) {
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
          let hidden = embeddings.forward(inputs, positions, context);
          const mask = additiveMask(attentionMask, size, seen + length);
          layers.forEach((block, layer) => {
            const run = { config, weights: block, layer, shape: inputs, mask, context };
            const result = continueLayer(hidden, run, cache?.layers[layer], expectedLength);
            next.push(result.cache);
            hidden = result.y;
          });
          return head.forward(hidden, inputs.outputRows);
        });
        return { logits, cache: makeCache(next, attentionMask, size) };
      } catch (error) {
        disposeLayers(next);
        throw error;
      }
    },
    async withDeltas(added) {
      const deltas = parts.deltas === undefined ? added : addDeltas(parts.deltas, added);
      const stack = new DisposableStack();
      try {
        const changed = await changedLayers({
          layers,
          sites: decoderSites(config),
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
