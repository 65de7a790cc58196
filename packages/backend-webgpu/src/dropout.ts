import { type DropoutKey, dropThreshold, type Saved } from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { i32, lanes, run } from "./wgsl/program.ts";
import { dropoutMask } from "./wgsl/random.ts";
import { groupNumber } from "./wgsl/workgroup.ts";

/** Rows of a workgroup. */
const height = 8;

/** x ∘ mask; the mask is made where it is needed, in forward and backward. */
function dropped(x: Tensor2D, dropoutKey: DropoutKey, examples: number): Tensor2D {
  if (dropThreshold(dropoutKey.probability) === 0) return tf.clone(x);
  const [rows, features] = x.shape;
  const mask = dropoutMask(dropoutKey, height);
  const columns = Math.ceil(features / lanes);
  return run<Tensor2D>(
    {
      key: "dropout",
      inputs: { x },
      uniforms: {
        ...{ rows: i32(rows), features: i32(features), columns: i32(columns), length: i32(rows / examples) },
        ...mask.uniforms,
      },
      threads: Math.ceil(rows / height) * columns * lanes,
      source: `
        ${groupNumber}
        ${mask.source}
        fn main(index : i32) {
          let group = groupNumber();
          let column = group % uniforms.columns * ${lanes} + index % ${lanes};
          let firstRow = group / uniforms.columns * ${height};
          ${mask.prepare}
          let count = select(0, min(${height}, uniforms.rows - firstRow), column < uniforms.features);
          for (var i = 0; i < count; i++) {
            let at = (firstRow + i) * uniforms.features + column;
            result[at] = x[at]${mask.factor("i", "column")};
          }
        }`,
    },
    x.shape,
  );
}

/** Keeps nothing. */
export function dropout(x: Tensor2D, dropoutKey: DropoutKey, examples: number): Saved {
  return { y: dropped(x, dropoutKey, examples), saved: [] };
}

/** dy ∘ mask. */
export function dropoutGradient(dy: Tensor2D, dropoutKey: DropoutKey, examples: number): Tensor2D {
  return dropped(dy, dropoutKey, examples);
}
