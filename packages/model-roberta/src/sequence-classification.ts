import { checkWhole } from "@dylora/errors";
import { fillNormal, type HeadParameter } from "@dylora/lora-core";
import { dropout, foldName, linear } from "@dylora/tensor";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { RobertaConfig } from "./config.ts";
import type { HeadSource, RobertaHead } from "./head.ts";
import { type ClassMatch, matchClasses } from "./match-classes.ts";

/** The output layer of the head. */
export const PROJECTION = "classifier.out_proj";

/**
 * Parameters of {@link sequenceClassification}, by name, with their shapes.
 *
 * @param labels number of classes; 1 for regression
 */
export function classificationParameters(
  { hiddenSize }: Pick<RobertaConfig, "hiddenSize">,
  labels: number,
): Pick<HeadParameter, "name" | "shape">[] {
  return [
    { name: "classifier.dense.weight", shape: [hiddenSize, hiddenSize] },
    { name: "classifier.dense.bias", shape: [hiddenSize] },
    { name: `${PROJECTION}.weight`, shape: [labels, hiddenSize] },
    { name: `${PROJECTION}.bias`, shape: [labels] },
  ];
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function freshParameter({ config, seed }: HeadSource, name: string, shape: readonly number[]): HeadParameter {
  const values = new Float32Array(sizeOf(shape));
  if (name.endsWith("weight")) fillNormal(values, config.initializerRange, foldName(seed, name));
  return { name, shape, values, fresh: true };
}

async function readParameter(from: HeadSource, name: string, shape: readonly number[]): Promise<HeadParameter> {
  const { weights } = from;
  const stored = weights.has(name) && weights.shape(name).join() === shape.join();
  return stored
    ? { name, shape, values: await weights.read(name, shape), fresh: false }
    : freshParameter(from, name, shape);
}

/** Rows of a parameter in another order. */
function inOrder({ values, ...parameter }: HeadParameter, rows: readonly number[]): HeadParameter {
  const width = values.length / rows.length;
  const moved = new Float32Array(values.length);
  rows.forEach((from, to) => {
    moved.set(values.subarray(from * width, (from + 1) * width), to * width);
  });
  return { ...parameter, values: moved };
}

/** How a file's own projection serves a head; there is nothing to say where it has none. */
function matchStored(
  { weights, config }: HeadSource,
  outputs: number,
  names: readonly string[] | undefined,
): ClassMatch {
  const all = Array.from({ length: outputs }, (_, row) => row);
  const name = `${PROJECTION}.weight`;
  if (names === undefined || !weights.has(name)) return { rows: all, warning: undefined };
  const stored = weights.shape(name)[0] ?? 0;
  if (stored === outputs) return matchClasses(names, config);
  const warning = `its head has ${stored} outputs and the task ${outputs} classes: a new projection is made`;
  return { rows: undefined, warning };
}

/**
 * The classification head of `RobertaForSequenceClassification`, trained whole: dense and tanh on the first token, then
 * a projection to the classes. A parameter that the file has not, or has for another number of classes, is made
 * anew: weights from N(0, initializer_range), biases zero, as transformers does; its `fresh` is true.
 *
 * Given the names of the classes, a trained projection is matched with them by the names in `id2label`, whatever their
 * order, case and spelling: FacebookAI/roberta-large-mnli knows CONTRADICTION, NEUTRAL and ENTAILMENT, and MNLI lists
 * them the other way round. It is made anew where the names are others. The model's `warnings` say what was done.
 *
 * @param classes names of the classes, in the order that their labels count; or how many there are, 1 for regression:
 * a trained projection is then taken over as it is
 * @throws ConfigError `bad_label_count`
 *
 * @example
 * ```ts
 * import { type LoadRobertaOptions, loadRoberta, sequenceClassification } from "@dylora/model-roberta";
 *
 * async function loadForMnli(folder: Pick<LoadRobertaOptions, "config" | "weights">) {
 *   const head = sequenceClassification(["entailment", "neutral", "contradiction"]);
 *   const model = await loadRoberta({ ...folder, head });
 *   for (const warning of model.warnings ?? []) console.warn(warning);
 *   return model;
 * }
 * console.log(typeof loadForMnli);
 * ```
 */
export function sequenceClassification(classes: number | readonly string[]): RobertaHead {
  const [labels, names] = typeof classes === "number" ? [classes] : [classes.length, [...classes]];
  checkWhole("bad_label_count", "the number of labels", labels, { min: 1 });
  return async (from) => {
    const { hiddenSize, classifierDropout } = from.config;
    const { rows, warning } = matchStored(from, labels, names);
    const projection = async (name: string, shape: readonly number[]): Promise<HeadParameter> =>
      rows === undefined ? freshParameter(from, name, shape) : inOrder(await readParameter(from, name, shape), rows);
    const parameters: HeadParameter[] = [
      await readParameter(from, "classifier.dense.weight", [hiddenSize, hiddenSize]),
      await readParameter(from, "classifier.dense.bias", [hiddenSize]),
      await projection(`${PROJECTION}.weight`, [labels, hiddenSize]),
      await projection(`${PROJECTION}.bias`, [labels]),
    ];
    return {
      parameters,
      firstTokens: 1,
      warnings: warning === undefined ? [] : [`${from.weights.name}: ${warning}`],
      forward(first, { size }, context) {
        const layer = (x: Tensor2D, name: string) =>
          linear(x, context.parameter(`${name}.weight`) as Tensor2D, context.parameter(`${name}.bias`) as Tensor1D);
        const input = dropout(first, context.dropout("classifier.dropout.0", classifierDropout), size);
        const active = tf.tanh(layer(input, "classifier.dense"));
        const output = dropout(active, context.dropout("classifier.dropout.1", classifierDropout), size);
        return layer(output, PROJECTION);
      },
    };
  };
}
