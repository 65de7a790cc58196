import type { CrossEntropyTarget, Saved } from "@dylora/tensor";
import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { f32, i32, lanes, type Program, run } from "./wgsl/program.ts";
import { overLanes } from "./wgsl/workgroup.ts";

/** The class of each row, -1 for those that do not count. */
function labelsOf({ labels, counts }: CrossEntropyTarget): Tensor1D {
  return tf.tensor1d(
    labels.map((label, row) => (counts[row] === 0 ? -1 : label)),
    "int32",
  );
}

/** Runs `body` with the greatest logit of a row, Σ e^(logit − greatest) and the label at hand. */
function ofRows<T extends Tensor>(
  key: string,
  logits: Tensor2D,
  target: CrossEntropyTarget,
  inputs: Program["inputs"],
  shape: T["shape"],
  body: string,
): T {
  const [rows, classes] = logits.shape;
  return run<T>(
    {
      key,
      inputs: { x: logits, labels: labelsOf(target), ...inputs },
      uniforms: {
        ...{ rows: i32(rows), classes: i32(classes) },
        ...{ smoothing: f32(target.smoothing), share: f32(1 / target.total) },
      },
      threads: rows * lanes,
      source: `
        ${overLanes(lanes)}
        fn main(index : i32) {
          let lane = index % ${lanes};
          let row = index / ${lanes};
          let inside = row < uniforms.rows;
          let first = min(row, uniforms.rows - 1) * uniforms.classes;
          let label = labels[min(row, uniforms.rows - 1)];
          var most = x[first];
          for (var i = lane; i < uniforms.classes; i += ${lanes}) { most = max(most, x[first + i]); }
          let greatest = maxOverLanes(most, lane);
          var sum = 0.0;
          for (var i = lane; i < uniforms.classes; i += ${lanes}) { sum += exp(x[first + i] - greatest); }
          let powers = sumOverLanes(vec2<f32>(sum), lane).x;
          ${body}
        }`,
    },
    shape,
  );
}

/** Mean over the rows that count. Keeps the logits; the gradient makes the probabilities again. */
export function crossEntropy(logits: Tensor2D, target: CrossEntropyTarget): Saved<Scalar> {
  const losses = ofRows<Tensor1D>(
    "crossEntropy",
    logits,
    target,
    {},
    [logits.shape[0]],
    `var all = 0.0;
     for (var i = lane; i < uniforms.classes; i += ${lanes}) { all += x[first + i] - greatest; }
     let average = sumOverLanes(vec2<f32>(all), lane).x / f32(uniforms.classes);
     if (inside && lane == 0) {
       let ofLabel = x[first + max(label, 0)] - greatest;
       let wanted = (1.0 - uniforms.smoothing) * ofLabel + uniforms.smoothing * average;
       result[row] = select(0.0, (log(powers) - wanted) * uniforms.share, label >= 0);
     }`,
  );
  return { y: tf.sum(losses) as Scalar, saved: [logits] };
}

/** (softmax − target) / rows that count; 0 in ignored rows. */
export function crossEntropyGradient(
  dy: Scalar,
  target: CrossEntropyTarget,
  [savedLogits]: readonly Tensor[],
): Tensor2D {
  const logits = savedLogits as Tensor2D;
  return ofRows<Tensor2D>(
    "crossEntropyGradient",
    logits,
    target,
    { dy },
    logits.shape,
    `let factor = uniforms.share * dy[0];
     for (var i = lane; i < select(0, uniforms.classes, inside); i += ${lanes}) {
       let hot = select(0.0, 1.0 - uniforms.smoothing, i == label);
       let difference = exp(x[first + i] - greatest) / powers - hot - uniforms.smoothing / f32(uniforms.classes);
       result[first + i] = select(0.0, difference * factor, label >= 0);
     }`,
  );
}
