import { type BlockWeights, freezeMatrix } from "@dylora/tensor";
import * as tf from "@tensorflow/tfjs-core";
import * as reference from "../reference/index.ts";
import { seededValues } from "../seeded-values.ts";

type LinearName = "qkv" | "attentionOutput" | "intermediate" | "output";
type NormName = "attentionNorm" | "outputNorm";

/** Weights of a small block, for the backend and in float64. */
export interface BlockWeightsUnderTest {
  /** In float64. */
  readonly reference: reference.ReferenceBlockWeights;
  /** Puts them on the active backend. */
  prepare(): { readonly weights: BlockWeights; dispose(): void };
}

/** Features in and out of each linear layer of a block. */
export function featuresOf(hidden: number, intermediate: number): Record<LinearName, readonly [number, number]> {
  return {
    qkv: [hidden, 3 * hidden],
    attentionOutput: [hidden, hidden],
    intermediate: [hidden, intermediate],
    output: [intermediate, hidden],
  };
}

/**
 * Seeded weights of a block; each linear layer keeps the spread of its input.
 *
 * @param biased false: the attention's output projection has no bias
 */
export function blockWeights(name: string, hidden: number, intermediate: number, biased = true): BlockWeightsUnderTest {
  const features = featuresOf(hidden, intermediate);
  const numbers = (part: string, count: number, scale: number) => seededValues(count, `${name}/${part}`, scale);
  const linears = Object.entries(features).map(([part, [inFeatures, outFeatures]]) => ({
    part: part as LinearName,
    spec: { inFeatures, outFeatures, layout: "in-out" as const },
    weight: numbers(`${part}.weight`, inFeatures * outFeatures, Math.sqrt(3 / inFeatures)),
    bias: biased || part !== "attentionOutput" ? numbers(`${part}.bias`, outFeatures, 0.5) : undefined,
  }));
  const norms = (["attentionNorm", "outputNorm"] as const).map((part) => ({
    part,
    gamma: numbers(`${part}.gamma`, hidden, 0.5).map((value) => 1 + value),
    beta: numbers(`${part}.beta`, hidden, 0.5),
  }));
  return {
    reference: Object.fromEntries([
      ...linears.map(({ part, spec, weight, bias }) => [
        part,
        { weight: reference.matrix(spec.inFeatures, spec.outFeatures, weight), ...(bias ? { bias } : {}) },
      ]),
      ...norms.map(({ part, gamma, beta }) => [part, { gamma, beta }]),
    ]) as Record<LinearName, reference.ReferenceLinear> & Record<NormName, reference.ReferenceNorm>,
    prepare() {
      const weights = Object.fromEntries([
        ...linears.map(({ part, spec, weight, bias }) => [
          part,
          { weight: freezeMatrix(weight, spec), ...(bias ? { bias: tf.tensor1d(bias) } : {}) },
        ]),
        ...norms.map(({ part, gamma, beta }) => [part, { gamma: tf.tensor1d(gamma), beta: tf.tensor1d(beta) }]),
      ]) as unknown as BlockWeights;
      return {
        weights,
        dispose() {
          for (const { part } of linears) {
            weights[part].weight.dispose();
            weights[part].bias?.dispose();
          }
          for (const { part } of norms) tf.dispose([weights[part].gamma, weights[part].beta]);
        },
      };
    },
  };
}
