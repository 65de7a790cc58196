import { checkAgainstReference, cpuBackend, type OpCase, reference } from "@dylora/test-kit";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { useBackend } from "../backend/use-backend.ts";
import type { Backend } from "../contract/backend.ts";
import { registerGradients } from "./gradients.ts";
import { valueAndGradients } from "./value-and-gradients.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await useBackend(cpuBackend());
});
afterAll(() => backend.dispose());

type Numbers = Float64Array;

function unary(
  name: string,
  shape: number[],
  run: (x: Tensor) => Tensor,
  of: (x: Numbers) => ArrayLike<number>,
): OpCase {
  return {
    name,
    inputs: [{ name: "x", shape }],
    prepare: () => ({ run: (x) => run(x as Tensor) }),
    reference: (x) => of(x as Numbers),
  };
}

/** `[2, 3]` with another shape that is broadcast to it. */
function binary(
  name: string,
  other: number[],
  run: (a: Tensor, b: Tensor) => Tensor,
  of: (a: number, b: number) => number,
): OpCase[] {
  const [rows, columns] = [2, 3];
  const stride = other.length < 2 || other[0] === 1 ? 0 : (other.at(-1) ?? 1);
  const step = (other.at(-1) ?? 1) === 1 ? 0 : 1;
  const values = (a: Numbers, b: Numbers, swap: boolean) =>
    reference.matrixFrom(rows, columns, (row, column) => {
      const [x, y] = [a[row * columns + column] as number, b[row * stride + column * step] as number];
      return swap ? of(y, x) : of(x, y);
    }).values;
  const shapes = [
    { name: "a", shape: [rows, columns] },
    { name: "b", shape: other },
  ];
  return [
    {
      name: `${name} [2, 3] and [${other}]`,
      inputs: shapes,
      prepare: () => ({ run: (a, b) => run(a as Tensor, b as Tensor) }),
      reference: (a, b) => values(a as Numbers, b as Numbers, false),
    },
    {
      name: `${name} [${other}] and [2, 3]`,
      inputs: shapes,
      prepare: () => ({ run: (a, b) => run(b as Tensor, a as Tensor) }),
      reference: (a, b) => values(a as Numbers, b as Numbers, true),
    },
  ];
}

const at = (m: Numbers, row: number, column: number, columns: number): number => m[row * columns + column] as number;

const cases: OpCase[] = [
  ...[[2, 3], [3], [1, 3], [2, 1], []].flatMap((shape) => [
    ...binary("Add", shape, tf.add, (a, b) => a + b),
    ...binary("Sub", shape, tf.sub, (a, b) => a - b),
    ...binary("Multiply", shape, tf.mul, (a, b) => a * b),
  ]),
  unary("Identity", [5], tf.clone, (x) => x),
  unary(
    "Cast",
    [5],
    (x) => tf.cast(x, "float32"),
    (x) => x,
  ),
  unary(
    "Reshape",
    [2, 6],
    (x) => tf.reshape(x, [3, 4]),
    (x) => x,
  ),
  unary("Tanh", [2, 3], tf.tanh, (x) => x.map(Math.tanh)),
  unary(
    "Slice of a vector",
    [7],
    (x) => tf.slice(x, 2, 3),
    (x) => x.subarray(2, 5),
  ),
  unary(
    "Slice of a matrix",
    [4, 5],
    (x) => tf.slice(x, [1, 2], [2, -1]),
    (x) => [1, 2].flatMap((row) => [2, 3, 4].map((column) => at(x, row, column, 5))),
  ),
  unary(
    "Slice by its first axis",
    [4, 2],
    (x) => tf.slice(x, 3),
    (x) => x.subarray(6),
  ),
  unary(
    "Sum",
    [3, 4],
    (x) => tf.sum(x),
    (x) => [x.reduce((a, b) => a + b, 0)],
  ),
  unary(
    "Sum of columns",
    [3, 4],
    (x) => tf.sum(x, 0),
    (x) => [0, 1, 2, 3].map((column) => at(x, 0, column, 4) + at(x, 1, column, 4) + at(x, 2, column, 4)),
  ),
  unary(
    "Sum of rows, kept",
    [3, 4],
    (x) => tf.sum(x, -1, true),
    (x) => [0, 1, 2].map((row) => [0, 1, 2, 3].reduce((sum, column) => sum + at(x, row, column, 4), 0)),
  ),
  unary(
    "Sum of two axes",
    [2, 3, 2],
    (x) => tf.sum(x, [0, 2]),
    (x) =>
      [0, 1, 2].map(
        (middle) =>
          at(x, 0, 2 * middle, 6) + at(x, 0, 2 * middle + 1, 6) + at(x, 1, 2 * middle, 6) + at(x, 1, 2 * middle + 1, 6),
      ),
  ),
];

test.each(cases.map((op) => [op.name, op] as const))("%s: gradients equal finite differences", async (_, op) => {
  await checkAgainstReference(op, 1e-5);
});

test("a gradient that is registered already is left alone", () => {
  const before = tf.getGradient("Tanh");
  tf.unregisterGradient("Tanh");
  const own: tf.GradConfig = { kernelName: "Tanh", gradFunc: () => ({}) };
  tf.registerGradient(own);
  registerGradients();
  expect(tf.getGradient("Tanh")).toBe(own);
  tf.unregisterGradient("Tanh");
  registerGradients();
  expect(tf.getGradient("Tanh")).toBe(before);
});

test("what tfjs has wrong is replaced where a package of tfjs has registered it, one of the user's own lasts after the start", async () => {
  const ours = tf.getGradient("Maximum");
  // As tfjs-node does when it is imported.
  tf.registerGradient({ kernelName: "Maximum", gradFunc: (dy) => ({ a: () => dy as Tensor, b: () => dy as Tensor }) });
  registerGradients();
  expect(tf.getGradient("Maximum")).toBe(ours);
  const own: tf.GradConfig = {
    kernelName: "Maximum",
    gradFunc: (dy) => ({ a: () => dy as Tensor, b: () => dy as Tensor }),
  };
  tf.registerGradient(own);
  const x = tf.tensor1d([1, 2]);
  const { gradients } = await valueAndGradients(() => tf.sum(tf.maximum(x, tf.tensor1d([2, 3]))), [x]);
  expect([...(gradients[0] as Float32Array)]).toEqual([1, 1]);
  expect(tf.getGradient("Maximum")).toBe(own);
  registerGradients();
});
