import { ConfigError, ShapeError } from "@dylora/errors";
import { namedAs, type WeightSource } from "@dylora/io";
import {
  addDeltas,
  type CausalModel,
  changedLayers,
  type ForwardContext,
  type TokenBatch,
  type WeightDeltas,
} from "@dylora/lora-core";
import {
  additiveMask,
  type BlockWeights,
  DisposableStack,
  dropout,
  embedding,
  type KeyValueCache,
  layerNorm,
  selectRows,
  unembed,
  unrecorded,
} from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { disposeLayers, joinMasks, makeCache } from "./cache.ts";
import { endTokensOf, type Gpt2Config, parseGpt2Config } from "./config.ts";
import { continueBlock, runBlock } from "./decoder-layer.ts";
import { positionIds } from "./embeddings.ts";
import { blockSitesOf, layerPath } from "./sites.ts";
import { type OuterWeights, readBlock, readOuter } from "./layer-weights.ts";

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
 * Loads a GPT-2 of any size onto the active engine, from weights named in any way that {@link gpt2Weights} knows. Each is
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
    const { outer, warnings } = await readOuter(named, config, stack);
    const blocks: BlockWeights[] = [];
    for (let layer = 0; layer < config.layers; layer++)
      blocks.push(await readBlock(named.at(layerPath(layer)), config, stack));
    const tiedOutput = outer.output === outer.tokens;
    return assemble({
      config: { ...config, tiedOutput },
      weights: named,
      outer,
      blocks,
      warnings,
      dispose: () => stack.dispose(),
    });
  } catch (error) {
    stack.dispose();
    throw error;
  }
}

interface Parts {
  readonly config: Gpt2Config;
  /** Named as in the model. */
  readonly weights: WeightSource;
  readonly outer: OuterWeights;
  readonly blocks: readonly BlockWeights[];
  readonly warnings: readonly string[];
  readonly deltas?: WeightDeltas;
  dispose(): void;
}

function embed(
  { config, outer }: Parts,
  { inputIds, size }: TokenBatch,
  positions: Int32Array,
  context: ForwardContext,
): Tensor2D {
  // Padding takes no position: a short text beside a long one may stand in more columns than there are positions.
  const longest = positions.reduce((most, position) => Math.max(most, position), 0) + 1;
  if (longest > config.maxPositions) {
    throw new ConfigError(
      "sequence_too_long",
      `a text has ${longest} tokens; this model takes ${config.maxPositions}, prompt and continuation together`,
    );
  }
  return unrecorded(() => {
    const sum = tf.add(embedding(inputIds, outer.tokens), embedding(positions, outer.positions)) as Tensor2D;
    return dropout(sum, context.dropout("transformer.drop", config.embeddingDropout), size);
  });
}

function output({ config, outer }: Parts, hidden: Tensor2D, rows: ArrayLike<number> | undefined): Tensor2D {
  const chosen = rows === undefined ? hidden : selectRows(hidden, rows);
  return unembed(layerNorm(chosen, outer.finalNorm.gamma, outer.finalNorm.beta, config.epsilon), outer.output);
}

function assemble(parts: Parts): Gpt2 {
  const { config, weights, blocks, warnings, dispose } = parts;
  return {
    architecture: "gpt2",
    config,
    sites: blockSitesOf(config),
    defaultTargets: ["c_attn"],
    head: [],
    warnings,
    forward(inputs, context) {
      const { attentionMask, size, length } = inputs;
      let hidden = embed(parts, inputs, positionIds(attentionMask, size, length, 0), context);
      const mask = additiveMask(attentionMask, size, length);
      blocks.forEach((block, layer) => {
        const next = runBlock(hidden, { config, weights: block, layer, shape: inputs, mask, context });
        // What its gradient needs, a block has kept; the rest would lie there until the whole pass ends.
        hidden.dispose();
        hidden = next;
      });
      return output(parts, hidden, inputs.outputRows);
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
          let hidden = embed(parts, inputs, positions, context);
          const mask = additiveMask(attentionMask, size, seen + length);
          blocks.forEach((block, layer) => {
            const run = { config, weights: block, layer, shape: inputs, mask, context };
            const result = continueBlock(hidden, run, cache?.layers[layer], expectedLength);
            next.push(result.cache);
            hidden = result.y;
          });
          return output(parts, hidden, inputs.outputRows);
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
          layers: blocks,
          sites: blockSitesOf(config),
          paths: added.keys(),
          deltas,
          pathOf: layerPath,
          read: (layer, deltaOf) => readBlock(weights.at(layerPath(layer)), config, stack, deltaOf),
        });
        return assemble({ ...parts, blocks: changed, deltas, dispose: () => stack.dispose() });
      } catch (error) {
        stack.dispose();
        throw error;
      }
    },
    dispose,
    [Symbol.dispose]: dispose,
  };
}
