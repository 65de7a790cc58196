import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { seededValues } from "../seeded-values.ts";
import type { CaseInput, OpCase } from "./op-case.ts";

/** Numbers in a range, as an input; the shape is `[3, 4]` unless another is given. */
export function within(low: number, high: number, shape: readonly number[] = [3, 4], name = "x"): CaseInput {
  const count = shape.reduce((a, b) => a * b, 1);
  const values = seededValues(count, `${name} ${shape} ${low} ${high}`);
  return { name, shape, values: values.map((value) => low + ((value + 1) / 2) * (high - low)) };
}

/** The same in steps that no small change makes equal, for ops that choose the largest. */
export function apart(shape: readonly number[], name = "x"): CaseInput {
  const count = shape.reduce((a, b) => a * b, 1);
  const places = seededValues(count, `${name} ${shape} apart`);
  const ranks = [...places].map((place) => places.filter((other) => other < place).length);
  return { name, shape, values: Float32Array.from(ranks, (rank) => (rank - (count - 1) / 2) / 8) };
}

/** A plain tfjs op as a case: on the backend, and in float64. */
export function tfjsOp(
  name: string,
  inputs: readonly CaseInput[],
  run: (...inputs: Tensor[]) => Tensor,
  reference: (...inputs: Float64Array[]) => ArrayLike<number>,
): OpCase {
  return {
    name: `tfjs ${name}`,
    inputs,
    prepare: () => ({ run: (...tensors) => tf.tidy(() => run(...tensors)) }),
    reference,
  };
}
