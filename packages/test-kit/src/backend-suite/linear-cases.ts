import {
  type DropoutKey,
  dropout,
  dropoutMask,
  freezeMatrix,
  frozenLinear,
  linear,
  loraLinear,
  tokenRows,
} from "@dylora/tensor";
import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import * as reference from "../reference/index.ts";
import { seededValues } from "../seeded-values.ts";
import type { OpCase } from "./op-case.ts";

type GateValues = number | readonly number[] | readonly (readonly number[])[];

/** A gate as the backend takes it. */
export function gateTensor(gate: GateValues): number | Tensor1D | Tensor2D {
  if (typeof gate === "number") return gate;
  return Array.isArray(gate[0]) ? tf.tensor2d(gate as number[][]) : tf.tensor1d(gate as number[]);
}

/** The mask a backend must draw on hidden states. */
export function tokenMask(dropoutKey: DropoutKey, examples: number, length: number, features: number): Float32Array {
  return dropoutMask(dropoutKey, examples, tokenRows(length), features);
}

function frozenCase(rows: number, inFeatures: number, outFeatures: number, layout: "out-in" | "in-out"): OpCase {
  const name = `frozenLinear [${rows}, ${inFeatures}] · [${inFeatures}, ${outFeatures}], ${layout}`;
  const stored = seededValues(inFeatures * outFeatures, `${name}/weight`);
  const bias = layout === "out-in" ? seededValues(outFeatures, `${name}/bias`) : undefined;
  const weight =
    layout === "in-out"
      ? reference.matrix(inFeatures, outFeatures, stored)
      : reference.transpose(reference.matrix(outFeatures, inFeatures, stored));
  return {
    name,
    inputs: [{ name: "x", shape: [rows, inFeatures] }],
    prepare() {
      const frozen = freezeMatrix(stored, { inFeatures, outFeatures, layout });
      const biasTensor = bias && tf.tensor1d(bias);
      const layer = biasTensor ? { weight: frozen, bias: biasTensor } : { weight: frozen };
      return {
        run: (x) => frozenLinear(x as Tensor2D, layer),
        dispose: () => {
          frozen.dispose();
          biasTensor?.dispose();
        },
      };
    },
    reference: (x) =>
      reference.linear(reference.matrix(rows, inFeatures, x), bias ? { weight, bias } : { weight }).values,
  };
}

function trainableCase(rows: number, inFeatures: number, outFeatures: number): OpCase {
  return {
    name: `linear [${rows}, ${inFeatures}] · [${inFeatures}, ${outFeatures}]`,
    inputs: [
      { name: "x", shape: [rows, inFeatures] },
      { name: "weight", shape: [outFeatures, inFeatures] },
      { name: "bias", shape: [outFeatures] },
    ],
    prepare: () => ({ run: (x, weight, bias) => linear(x as Tensor2D, weight as Tensor2D, bias as Tensor1D) }),
    reference: (x, weight, bias) =>
      reference.linear(reference.matrix(rows, inFeatures, x), {
        weight: reference.transpose(reference.matrix(outFeatures, inFeatures, weight)),
        bias: bias as Float64Array,
      }).values,
  };
}

interface LoraShape {
  examples: number;
  length: number;
  inFeatures: number;
  outFeatures: number;
  rank: number;
  gate: GateValues;
  gateName: string;
  dropout?: DropoutKey;
}

function loraCase(shape: LoraShape): OpCase {
  const { examples, length, inFeatures, outFeatures, rank, gate, dropout: dropoutKey } = shape;
  const rows = examples * length;
  const dropped = dropoutKey ? `, dropout ${dropoutKey.probability}` : "";
  const name = `loraLinear [${examples}x${length}, ${inFeatures}] → ${outFeatures}, r ${rank}, gate ${shape.gateName}${dropped}`;
  const stored = seededValues(inFeatures * outFeatures, `${name}/weight`);
  const bias = seededValues(outFeatures, `${name}/bias`);
  const mask = dropoutKey && tokenMask(dropoutKey, examples, length, inFeatures);
  return {
    name,
    inputs: [
      { name: "x", shape: [rows, inFeatures] },
      { name: "A", shape: [rank, inFeatures] },
      { name: "Bt", shape: [rank, outFeatures] },
    ],
    prepare() {
      const weight = freezeMatrix(stored, { inFeatures, outFeatures, layout: "in-out" });
      const biasTensor = tf.tensor1d(bias);
      const gateOperand = gateTensor(gate);
      return {
        run(x, A, Bt) {
          const operand = { A: A as Tensor2D, Bt: Bt as Tensor2D, gate: gateOperand };
          const pair = dropoutKey ? { ...operand, dropout: dropoutKey } : operand;
          return loraLinear(x as Tensor2D, { weight, bias: biasTensor }, pair, examples);
        },
        dispose() {
          weight.dispose();
          biasTensor.dispose();
          if (typeof gateOperand !== "number") gateOperand.dispose();
        },
      };
    },
    reference(x, A, Bt) {
      const operand = { A: reference.matrix(rank, inFeatures, A), Bt: reference.matrix(rank, outFeatures, Bt), gate };
      return reference.loraLinear(
        reference.matrix(rows, inFeatures, x),
        { weight: reference.matrix(inFeatures, outFeatures, stored), bias },
        [mask ? { ...operand, mask } : operand],
        examples,
      ).values;
    },
  };
}

function dropoutCase(examples: number, length: number, features: number, dropoutKey: DropoutKey): OpCase {
  const shape = [examples * length, features];
  const mask = tokenMask(dropoutKey, examples, length, features);
  return {
    name: `dropout [${examples}x${length}, ${features}], p ${dropoutKey.probability}`,
    inputs: [{ name: "x", shape }],
    prepare: () => ({ run: (x: Tensor) => dropout(x as Tensor2D, dropoutKey, examples) }),
    reference: (x) => x?.map((value, i) => value * (mask[i] as number)) ?? [],
  };
}

/** frozenLinear, linear, loraLinear and dropout. */
export const linearCases: readonly OpCase[] = [
  frozenCase(1, 1, 1, "out-in"),
  frozenCase(7, 5, 11, "out-in"),
  frozenCase(8, 12, 16, "in-out"),
  frozenCase(13, 17, 3, "in-out"),
  frozenCase(33, 36, 40, "out-in"),
  trainableCase(1, 1, 1),
  trainableCase(5, 7, 3),
  trainableCase(8, 16, 4),
  loraCase({ examples: 1, length: 1, inFeatures: 1, outFeatures: 1, rank: 1, gate: 2, gateName: "2" }),
  loraCase({ examples: 2, length: 3, inFeatures: 5, outFeatures: 7, rank: 3, gate: 0.5, gateName: "0.5" }),
  loraCase({ examples: 2, length: 4, inFeatures: 8, outFeatures: 12, rank: 4, gate: 0, gateName: "0 (off)" }),
  loraCase({
    ...{ examples: 3, length: 5, inFeatures: 8, outFeatures: 4, rank: 4 },
    ...{ gate: [4, 4, 0, 0], gateName: "[r], rank 2 of 4" },
  }),
  loraCase({
    ...{ examples: 3, length: 2, inFeatures: 7, outFeatures: 12, rank: 5 },
    ...{ gate: [2, 1.5, 1, 0.75, 0.25], gateName: "[r], a diagonal" },
  }),
  loraCase({
    ...{ examples: 3, length: 4, inFeatures: 12, outFeatures: 16, rank: 3 },
    ...{
      gate: [
        [3, 0, 0],
        [0, 0, 0],
        [1, 1, 1],
      ],
      gateName: "[examples, r]",
    },
  }),
  loraCase({
    ...{ examples: 4, length: 3, inFeatures: 8, outFeatures: 8, rank: 2, gate: [2, 0], gateName: "[r]" },
    dropout: { key: 77, probability: 0.1 },
  }),
  loraCase({
    ...{ examples: 2, length: 5, inFeatures: 11, outFeatures: 5, rank: 4 },
    ...{
      gate: [
        [4, 0, 0, 0],
        [1, 1, 1, 1],
      ],
      gateName: "[examples, r]",
    },
    dropout: { key: -5, probability: 0.5, firstExample: 6 },
  }),
  dropoutCase(1, 1, 1, { key: 1, probability: 0.5 }),
  dropoutCase(3, 5, 7, { key: 2, probability: 0.1 }),
  dropoutCase(2, 4, 8, { key: 3, probability: 0.5, firstExample: 3 }),
];
