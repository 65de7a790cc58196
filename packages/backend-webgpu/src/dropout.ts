import { type DropoutPlace, dropThreshold, type Saved } from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { i32, run } from "./program.ts";
import { dropoutUniforms, random } from "./wgsl/random.ts";

/** x ∘ mask; the mask is made where it is needed, in forward and backward. */
function dropped(x: Tensor2D, place: DropoutPlace, examples: number): Tensor2D {
  if (dropThreshold(place.probability) === 0) return tf.clone(x);
  const [rows, features] = x.shape;
  return run<Tensor2D>(
    {
      key: "dropout",
      inputs: { x },
      uniforms: { features: i32(features), length: i32(rows / examples), ...dropoutUniforms(place) },
      threads: x.size,
      source: `
        ${random}
        fn main(index : i32) {
          if (index < uniforms.threads) {
            let row = index / uniforms.features;
            let example = foldKey(uniforms.dropKey, uniforms.firstExample + row / uniforms.length);
            let rowKey = foldKey(example, row % uniforms.length);
            result[index] = x[index] * dropFactor(rowKey, index % uniforms.features);
          }
        }`,
    },
    x.shape,
  );
}

/** Keeps nothing. */
export function dropout(x: Tensor2D, place: DropoutPlace, examples: number): Saved {
  return { y: dropped(x, place, examples), saved: [] };
}

/** dy ∘ mask. */
export function dropoutGradient(dy: Tensor2D, place: DropoutPlace, examples: number): Tensor2D {
  return dropped(dy, place, examples);
}
