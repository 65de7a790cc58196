import type { Saved } from "@dylora/tensor";
import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { i32, lanes, type Program, run } from "./wgsl/program.ts";
import { overLanes } from "./wgsl/workgroup.ts";

/** Lanes that share a row. */
const team = 16;

const statistics = `
  ${overLanes(team)}
  fn mean(first : i32, lane : i32) -> f32 {
    var sum = 0.0;
    for (var i = lane % ${team}; i < uniforms.features; i += ${team}) { sum += x[first + i]; }
    return sumOverLanes(vec2<f32>(sum), lane).x / f32(uniforms.features);
  }
  fn reciprocalDeviation(first : i32, lane : i32, middle : f32) -> f32 {
    var sum = 0.0;
    for (var i = lane % ${team}; i < uniforms.features; i += ${team}) {
      let centred = x[first + i] - middle;
      sum += centred * centred;
    }
    return inverseSqrt(sumOverLanes(vec2<f32>(sum), lane).x / f32(uniforms.features) + epsilon[0]);
  }
`;

function ofRows(key: string, x: Tensor2D, inputs: Program["inputs"], body: string): Tensor2D {
  const [rows, features] = x.shape;
  return run<Tensor2D>(
    {
      key,
      inputs: { x, ...inputs },
      uniforms: { rows: i32(rows), features: i32(features) },
      threads: rows * team,
      source: `
        ${statistics}
        fn main(index : i32) {
          let lane = index % ${lanes};
          let row = index / ${team};
          let first = min(row, uniforms.rows - 1) * uniforms.features;
          let end = select(0, uniforms.features, row < uniforms.rows);
          let middle = mean(first, lane);
          let rstd = reciprocalDeviation(first, lane, middle);
          ${body}
        }`,
    },
    x.shape,
  );
}

/** Normalises each row in one pass; keeps the input, from which the gradient finds the statistics again. */
export function layerNorm(x: Tensor2D, gamma: Tensor1D, beta: Tensor1D, epsilonValue: number): Saved {
  const epsilon = tf.scalar(epsilonValue);
  const y = ofRows(
    "layerNorm",
    x,
    { gamma, beta, epsilon },
    `for (var i = lane % ${team}; i < end; i += ${team}) {
       result[first + i] = (x[first + i] - middle) * rstd * gamma[i] + beta[i];
     }`,
  );
  return { y, saved: [x, epsilon] };
}

/** ((γ·dy) − mean(γ·dy) − x̂ · mean(γ·dy·x̂)) / σ, the means over each row. */
export function layerNormGradient(dy: Tensor2D, gamma: Tensor1D, saved: readonly Tensor[]): Tensor2D {
  const [x, epsilon] = saved as [Tensor2D, Scalar];
  return ofRows(
    "layerNormGradient",
    x,
    { gamma, dy, epsilon },
    `var sum = 0.0;
     var along = 0.0;
     for (var i = lane % ${team}; i < uniforms.features; i += ${team}) {
       let scaled = dy[first + i] * gamma[i];
       sum += scaled;
       along += scaled * (x[first + i] - middle);
     }
     let sums = sumOverLanes(vec2<f32>(sum, along), lane) / f32(uniforms.features);
     let offset = sums.x;
     let slope = sums.y * rstd * rstd;
     for (var i = lane % ${team}; i < end; i += ${team}) {
       let centred = x[first + i] - middle;
       result[first + i] = (dy[first + i] * gamma[i] - offset - centred * slope) * rstd;
     }`,
  );
}
