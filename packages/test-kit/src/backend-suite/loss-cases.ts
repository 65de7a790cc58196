import { meanSquaredError, softmaxCrossEntropy } from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as reference from "../reference/index.ts";
import { seededValues } from "../seeded-values.ts";
import type { OpCase } from "./op-case.ts";

interface EntropyShape {
  classes: number;
  labels: readonly (number | undefined)[];
  labelSmoothing?: number;
  ignoreIndex?: number;
  offset?: number;
}

function entropyCase({ classes, labels, labelSmoothing = 0, ignoreIndex = -100, offset = 0 }: EntropyShape): OpCase {
  const rows = labels.length;
  const ignored = labels.filter((label) => label === undefined).length;
  const name = `softmaxCrossEntropy [${rows}, ${classes}], smoothing ${labelSmoothing}, ${ignored} ignored as ${ignoreIndex}, logits near ${offset}`;
  const values = seededValues(rows * classes, name, 3).map((value) => value + offset);
  const given = labels.map((label) => label ?? ignoreIndex);
  return {
    name,
    inputs: [{ name: "logits", shape: [rows, classes], values }],
    prepare: () => ({
      run: (logits) => softmaxCrossEntropy(logits as Tensor2D, given, { labelSmoothing, ignoreIndex }),
    }),
    reference: (logits) => [
      reference.softmaxCrossEntropy(reference.matrix(rows, classes, logits), labels, labelSmoothing),
    ],
  };
}

function squaredCase(shape: readonly number[]): OpCase {
  const count = shape.reduce((a, b) => a * b, 1);
  const targets = seededValues(count, `targets ${shape}`);
  return {
    name: `meanSquaredError [${shape}]`,
    inputs: [{ name: "predictions", shape }],
    prepare: () => ({ run: (predictions) => meanSquaredError(predictions, targets) }),
    reference: (predictions) => [reference.meanSquaredError(predictions ?? [], targets)],
  };
}

/** softmaxCrossEntropy and meanSquaredError. */
export const lossCases: readonly OpCase[] = [
  entropyCase({ classes: 2, labels: [1] }),
  entropyCase({ classes: 1, labels: [0, 0] }),
  entropyCase({ classes: 7, labels: [0, 6, 3, 3, 1] }),
  entropyCase({ classes: 3, labels: [2, 0, 1, 1], labelSmoothing: 0.1 }),
  entropyCase({ classes: 5, labels: [undefined, 4, undefined, 0, 2, undefined, 1] }),
  entropyCase({ classes: 4, labels: [undefined, 3, 1, undefined], labelSmoothing: 0.3, ignoreIndex: -1 }),
  entropyCase({ classes: 8, labels: [1, 2, 3, 4], offset: 200 }),
  entropyCase({ classes: 8, labels: [1, 2, 3, 4], offset: -200 }),
  squaredCase([1]),
  squaredCase([7, 1]),
  squaredCase([4, 8]),
];
