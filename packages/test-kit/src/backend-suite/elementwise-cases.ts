import { embedding, freezeEmbedding, type GeluForm, gelu, layerNorm, selectRows, unembed } from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import * as reference from "../reference/index.ts";
import { seededValues } from "../seeded-values.ts";
import type { OpCase } from "./op-case.ts";

function normCase(rows: number, features: number, epsilon: number, values?: Float32Array, note = ""): OpCase {
  const name = `layerNorm [${rows}, ${features}], epsilon ${epsilon}${note}`;
  const gamma = seededValues(features, `${name}/gamma`).map((value) => 1 + value / 2);
  const beta = seededValues(features, `${name}/beta`);
  return {
    name,
    inputs: [{ name: "x", shape: [rows, features], ...(values ? { values } : {}) }],
    prepare() {
      const gain = tf.tensor1d(gamma);
      const offset = tf.tensor1d(beta);
      return {
        run: (x) => layerNorm(x as Tensor2D, gain, offset, epsilon),
        dispose: () => tf.dispose([gain, offset]),
      };
    },
    reference: (x) => reference.layerNorm(reference.matrix(rows, features, x), gamma, beta, epsilon).values,
  };
}

function geluCase(shape: readonly number[], form: GeluForm, scale: number): OpCase {
  const count = shape.reduce((a, b) => a * b, 1);
  const name = `gelu ${form} [${shape}], up to ${scale}`;
  return {
    name,
    inputs: [{ name: "x", shape, values: seededValues(count, name, scale) }],
    prepare: () => ({ run: (x) => gelu(x, form) }),
    reference: (x) => x?.map((value) => reference.gelu(value, form)) ?? [],
  };
}

/** A frozen table has no gradient; what is added to its rows has. */
function embeddingCase(rows: number, features: number, ids: readonly number[], output = false): OpCase {
  const name = `embedding of ${ids.length} ids in [${rows}, ${features}]${output ? ", an output layer too" : ""}`;
  const table = seededValues(rows * features, `${name}/table`);
  return {
    name,
    inputs: [{ name: "addend", shape: [ids.length, features] }],
    prepare() {
      const frozen = freezeEmbedding(table, [rows, features], "token", output);
      return {
        run: (addend) => tf.tidy(() => tf.add(embedding(ids, frozen), addend)),
        dispose: () => frozen.dispose(),
      };
    },
    reference: (addend) =>
      reference.sum(
        reference.embedding(ids, reference.matrix(rows, features, table)),
        reference.matrix(ids.length, features, addend),
      ).values,
  };
}

function unembedCase(rows: number, tableRows: number, features: number, biased: boolean, output = false): OpCase {
  const kind = `${biased ? " with bias" : ""}${output ? ", frozen as an output layer" : ""}`;
  const name = `unembed [${rows}, ${features}] in [${tableRows}, ${features}]${kind}`;
  const table = seededValues(tableRows * features, `${name}/table`);
  const bias = biased ? seededValues(tableRows, `${name}/bias`) : undefined;
  return {
    name,
    inputs: [{ name: "x", shape: [rows, features] }],
    prepare() {
      const frozen = freezeEmbedding(table, [tableRows, features], "token", output);
      const offset = bias && tf.tensor1d(bias);
      return {
        run: (x) => unembed(x as Tensor2D, frozen, offset),
        dispose() {
          frozen.dispose();
          offset?.dispose();
        },
      };
    },
    reference(x) {
      const weight = reference.transpose(reference.matrix(tableRows, features, table));
      return reference.linear(reference.matrix(rows, features, x), bias ? { weight, bias } : { weight }).values;
    },
  };
}

function selectCase(rows: number, features: number, chosen: readonly number[]): OpCase {
  return {
    name: `selectRows ${chosen} of [${rows}, ${features}]`,
    inputs: [{ name: "x", shape: [rows, features] }],
    prepare: () => ({ run: (x) => selectRows(x as Tensor2D, chosen) }),
    reference: (x) => reference.embedding(chosen, reference.matrix(rows, features, x)).values,
  };
}

/** layerNorm, gelu, embedding, unembed and selectRows. */
export const elementwiseCases: readonly OpCase[] = [
  normCase(1, 1, 1e-5),
  normCase(1, 4, 1e-5),
  normCase(7, 13, 1e-12),
  normCase(8, 16, 1e-5),
  normCase(3, 64, 1e-5),
  normCase(
    5,
    11,
    1e-5,
    seededValues(55, "far").map((value) => value + 10),
    ", far from zero",
  ),
  normCase(4, 8, 1e-2, new Float32Array(32).fill(0.75), ", constant rows"),
  geluCase([1], "erf", 1),
  geluCase([7, 13], "erf", 4),
  geluCase([4, 8, 3], "erf", 12),
  geluCase([1], "tanh", 1),
  geluCase([7, 13], "tanh", 4),
  geluCase([4, 8, 3], "tanh", 12),
  embeddingCase(1, 1, [0]),
  embeddingCase(11, 5, [3, 0, 10, 3, 3, 7, 1]),
  embeddingCase(8, 16, [7, 6, 5, 4]),
  embeddingCase(11, 5, [3, 0, 10, 3], true),
  unembedCase(1, 1, 1, false),
  unembedCase(5, 11, 7, true),
  unembedCase(8, 16, 4, false),
  unembedCase(5, 11, 7, true, true),
  selectCase(1, 1, [0]),
  selectCase(7, 5, [6, 0, 3]),
  selectCase(8, 4, [1, 2, 3, 0, 7]),
];
