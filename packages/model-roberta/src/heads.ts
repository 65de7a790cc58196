import { ConfigError } from "@dylora/errors";
import type { WeightSource } from "@dylora/io";
import { type ForwardContext, fillNormal, type HeadParameter, type TokenBatch } from "@dylora/lora-core";
import { dropout, foldName, freezeMatrix, frozenLinear, gelu, layerNorm, linear, unembed } from "@dylora/tensor";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { RobertaConfig } from "./config.ts";
import type { Embeddings } from "./embeddings.ts";
import { readNorm } from "./layer-weights.ts";

/** A head that has been loaded. */
export interface LoadedHead {
  /** Parameters trained whole. */
  readonly parameters: readonly HeadParameter[];
  /** Logits from the encoder's hidden states `[size * length, hidden]`. */
  forward(hidden: Tensor2D, inputs: TokenBatch, context: ForwardContext): Tensor2D;
  /** Frees frozen weights of the head. */
  dispose(): void;
}

/** What turns hidden states into logits: a value passed to `loadRoberta`. Any function of this form is a head. */
export type RobertaHead = (
  source: WeightSource,
  config: RobertaConfig,
  embeddings: Embeddings,
  seed: number,
) => Promise<LoadedHead>;

/** No head: hidden states `[size * length, hidden]` are the output. */
export const encoderOutput: RobertaHead = async () => ({
  parameters: [],
  forward: (hidden) => hidden,
  dispose() {},
});

/**
 * The classification head of `RobertaForSequenceClassification`, trained whole: dense and tanh on the first token, then
 * a projection to the classes. Weights come from the file where it has them, else from N(0, initializer_range).
 *
 * @param labels number of classes; 1 for regression
 */
export function sequenceClassification(labels: number): RobertaHead {
  if (!Number.isSafeInteger(labels) || labels < 1) {
    throw new ConfigError("bad_label_count", `${labels} labels; a head needs at least 1 (regression)`);
  }
  return async (source, config, _embeddings, seed) => {
    const { hiddenSize, initializerRange, classifierDropout } = config;
    const shapes = {
      "classifier.dense.weight": [hiddenSize, hiddenSize],
      "classifier.dense.bias": [hiddenSize],
      "classifier.out_proj.weight": [labels, hiddenSize],
      "classifier.out_proj.bias": [labels],
    };
    const stored = Object.entries(shapes).every(
      ([name, shape]) => source.has(name) && source.shape(name).join() === shape.join(),
    );
    const parameters: HeadParameter[] = [];
    for (const [name, shape] of Object.entries(shapes)) {
      const values = stored ? await source.read(name, shape) : new Float32Array(shape.reduce((a, b) => a * b, 1));
      if (!stored && name.endsWith("weight")) fillNormal(values, initializerRange, foldName(seed, name));
      parameters.push({ name, shape, values });
    }
    return {
      parameters,
      forward(hidden, { size, length }, context) {
        const matrix = (name: string) => context.parameter(name) as Tensor2D;
        const vector = (name: string) => context.parameter(name) as Tensor1D;
        const perSequence = tf.reshape(hidden, [size, length * hiddenSize]) as Tensor2D;
        const first = tf.slice2d(perSequence, [0, 0], [size, hiddenSize]);
        const input = dropout(first, context.dropout("classifier.dropout.0", classifierDropout), size);
        const dense = linear(input, matrix("classifier.dense.weight"), vector("classifier.dense.bias"));
        const active = dropout(tf.tanh(dense), context.dropout("classifier.dropout.1", classifierDropout), size);
        return linear(active, matrix("classifier.out_proj.weight"), vector("classifier.out_proj.bias"));
      },
      dispose() {},
    };
  };
}

/** The head of `RobertaForMaskedLM`, frozen; its output layer is tied to the token table. Logits `[size * length, vocabulary]`. */
export const maskedLanguageModel: RobertaHead = async (
  source,
  { hiddenSize, vocabSize, epsilon, gelu: form },
  { words },
) => {
  const at = source.at("lm_head");
  const values = await at.read("dense.weight", [hiddenSize, hiddenSize]);
  const dense = {
    weight: freezeMatrix(values, { inFeatures: hiddenSize, outFeatures: hiddenSize, layout: "out-in" }),
    bias: tf.keep(tf.tensor1d(await at.read("dense.bias", [hiddenSize]))),
  };
  const norm = await readNorm(at.at("layer_norm"), hiddenSize);
  const bias = tf.keep(tf.tensor1d(await at.read("bias", [vocabSize])));
  return {
    parameters: [],
    forward(hidden) {
      const transformed = gelu(frozenLinear(hidden, dense), form);
      return unembed(layerNorm(transformed, norm.gamma, norm.beta, epsilon), words, bias);
    },
    dispose() {
      for (const owned of [dense.weight, dense.bias, norm.gamma, norm.beta, bias]) owned.dispose();
    },
  };
};
