import { ConfigError } from "@dylora/errors";
import { fillNormal, type HeadParameter } from "@dylora/lora-core";
import { dropout, foldName, linear } from "@dylora/tensor";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { HeadSource, RobertaHead } from "./head.ts";

async function readParameter({ weights, config, seed }: HeadSource, name: string, shape: readonly number[]) {
  const stored = weights.has(name) && weights.shape(name).join() === shape.join();
  if (stored) return { name, shape, values: await weights.read(name, shape), fresh: false };
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  if (name.endsWith("weight")) fillNormal(values, config.initializerRange, foldName(seed, name));
  return { name, shape, values, fresh: true };
}

/**
 * The classification head of `RobertaForSequenceClassification`, trained whole: dense and tanh on the first token, then
 * a projection to the classes. A parameter that the file has not, or has for another number of classes, is made
 * anew: weights from N(0, initializer_range), biases zero, as transformers does; its `fresh` is true.
 *
 * @param labels number of classes; 1 for regression
 * @throws ConfigError `bad_label_count`
 */
export function sequenceClassification(labels: number): RobertaHead {
  if (!Number.isSafeInteger(labels) || labels < 1) {
    throw new ConfigError("bad_label_count", `${labels} labels; a head needs at least 1 (regression)`);
  }
  return async (from) => {
    const { hiddenSize, classifierDropout } = from.config;
    const parameters: HeadParameter[] = [
      await readParameter(from, "classifier.dense.weight", [hiddenSize, hiddenSize]),
      await readParameter(from, "classifier.dense.bias", [hiddenSize]),
      await readParameter(from, "classifier.out_proj.weight", [labels, hiddenSize]),
      await readParameter(from, "classifier.out_proj.bias", [labels]),
    ];
    return {
      parameters,
      firstTokens: 1,
      forward(first, { size }, context) {
        const layer = (x: Tensor2D, name: string) =>
          linear(x, context.parameter(`${name}.weight`) as Tensor2D, context.parameter(`${name}.bias`) as Tensor1D);
        const input = dropout(first, context.dropout("classifier.dropout.0", classifierDropout), size);
        const active = tf.tanh(layer(input, "classifier.dense"));
        const output = dropout(active, context.dropout("classifier.dropout.1", classifierDropout), size);
        return layer(output, "classifier.out_proj");
      },
    };
  };
}
