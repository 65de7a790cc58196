import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D, Tensor5D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { expectAllClose } from "../closeness.ts";
import { leakGuard } from "../leak-guard.ts";
import type { CaseInput } from "./op-case.ts";
import { apart, within } from "./tfjs-op.ts";

/** An op that moves numbers, or sums products of them. */
export interface StructureCase {
  /** The op and its form. */
  readonly name: string;
  /** What its gradient is asked by. */
  readonly inputs: readonly CaseInput[];
  /** The op. */
  run(...inputs: Tensor[]): Tensor;
}

const ids = (values: number[]) => tf.tensor1d(values, "int32");
const matrix = within(-1, 1);
const image = within(-1, 1, [1, 4, 4, 2]);
const volume = within(-1, 1, [1, 3, 3, 3, 2]);
const filter = (shape: number[]) => within(-1, 1, shape, "filter");
const one = (name: string, run: (x: Tensor) => Tensor, input: CaseInput = matrix): StructureCase => ({
  ...{ name, inputs: [input] },
  run: run as StructureCase["run"],
});
const two = (name: string, a: CaseInput, b: CaseInput, run: (a: Tensor, b: Tensor) => Tensor): StructureCase => ({
  ...{ name, inputs: [a, { ...b, name: "b" }] },
  run: run as StructureCase["run"],
});

/** Ops whose gradients are compared with differences of the op itself. */
export const structureCases: readonly StructureCase[] = [
  one("reshape and squeeze", (x) => tf.squeeze(tf.reshape(x, [1, 12]))),
  one("expandDims", (x) => tf.expandDims(x, 1)),
  one("transpose", (x) => tf.transpose(x)),
  one("transpose of three axes", (x) => tf.transpose(x, [2, 0, 1]), within(-1, 1, [2, 3, 4])),
  two("concat", matrix, within(-1, 1, [3, 2]), (a, b) => tf.concat([a, b], 1)),
  two("stack", matrix, matrix, (a, b) => tf.stack([a, b], 1)),
  one("unstack", (x) => tf.unstack(x)[1] as Tensor),
  one("split", (x) => tf.split(x, 2, 1)[0] as Tensor),
  one("slice", (x) => tf.slice(x, [1, 1], [2, 2])),
  one("gather, a row twice", (x) => tf.gather(x, ids([2, 0, 2, 1]))),
  one("gather of columns", (x) => tf.gather(x, ids([3, 3, 0]), 1)),
  one("unsortedSegmentSum", (x) => tf.unsortedSegmentSum(x, ids([1, 0, 1]), 2)),
  one("pad", (x) =>
    tf.pad(x, [
      [1, 0],
      [0, 2],
    ]),
  ),
  one(
    "mirrorPad",
    (x) =>
      tf.mirrorPad(
        x,
        [
          [1, 1],
          [0, 0],
        ],
        "reflect",
      ),
    within(-1, 1, [3, 4]),
  ),
  one("tile", (x) => tf.tile(x, [2, 1])),
  one("cumsum from the end", (x) => tf.cumsum(x, 0, true, true)),
  one("reverse", (x) => tf.reverse(x, 1)),
  one("broadcastTo", (x) => tf.broadcastTo(x, [3, 4]), within(-1, 1, [1, 4])),
  one(
    "batchToSpaceND",
    (x) =>
      tf.batchToSpaceND(
        x,
        [2, 2],
        [
          [0, 0],
          [0, 0],
        ],
      ),
    within(-1, 1, [4, 1, 2, 1]),
  ),
  one(
    "spaceToBatchND",
    (x) =>
      tf.spaceToBatchND(
        x,
        [2, 2],
        [
          [0, 0],
          [0, 0],
        ],
      ),
    image,
  ),
  two("matMul", matrix, within(-1, 1, [4, 5]), (a, b) => tf.matMul(a, b)),
  two("matMul, right transposed", matrix, within(-1, 1, [5, 4]), (a, b) => tf.matMul(a, b, false, true)),
  two("matMul, left transposed", matrix, within(-1, 1, [3, 5]), (a, b) => tf.matMul(a, b, true)),
  two("matMul, both transposed", matrix, within(-1, 1, [5, 3]), (a, b) => tf.matMul(a, b, true, true)),
  two("matMul of stacks", within(-1, 1, [2, 3, 4]), within(-1, 1, [2, 4, 2]), (a, b) => tf.matMul(a, b)),
  two("dot", within(-1, 1, [4]), within(-1, 1, [4]), (a, b) => tf.dot(a, b)),
  two("outerProduct", within(-1, 1, [3]), within(-1, 1, [4]), (a, b) => tf.outerProduct(a as Tensor1D, b as Tensor1D)),
  two("conv1d", within(-1, 1, [1, 5, 2]), filter([3, 2, 2]), (x, w) =>
    tf.conv1d(x as Tensor3D, w as Tensor3D, 1, "same"),
  ),
  two("conv2d", image, filter([3, 3, 2, 3]), (x, w) => tf.conv2d(x as Tensor4D, w as Tensor4D, 2, "same")),
  two("conv2dTranspose", image, filter([3, 3, 2, 2]), (x, w) =>
    tf.conv2dTranspose(x as Tensor4D, w as Tensor4D, [1, 8, 8, 2], 2, "same"),
  ),
  two("depthwiseConv2d", image, filter([2, 2, 2, 2]), (x, w) =>
    tf.depthwiseConv2d(x as Tensor4D, w as Tensor4D, 1, "same"),
  ),
  two("conv3d", volume, filter([2, 2, 2, 2, 1]), (x, w) => tf.conv3d(x as Tensor5D, w as Tensor5D, 1, "valid")),
  one("maxPool", (x) => tf.maxPool(x as Tensor4D, 2, 2, "same"), apart([1, 4, 4, 2])),
  // Not "same": several of tfjs's own kernels divide by the whole window at the border, where the op does not.
  one("avgPool", (x) => tf.avgPool(x as Tensor4D, 2, 1, "valid"), image),
  one("maxPool3d", (x) => tf.maxPool3d(x as Tensor5D, 2, 1, "valid"), apart([1, 3, 3, 3, 1])),
  one("avgPool3d", (x) => tf.avgPool3d(x as Tensor5D, 2, 1, "valid"), volume),
  one("resizeBilinear", (x) => tf.image.resizeBilinear(x as Tensor4D, [3, 6]), image),
  one("resizeNearestNeighbor", (x) => tf.image.resizeNearestNeighbor(x as Tensor4D, [8, 8]), image),
  one("localResponseNormalization", (x) => tf.localResponseNormalization(x as Tensor4D, 1), image),
  one("batchNorm", (x) => tf.batchNorm(x as Tensor2D, [0, 1, 0, 1], [1, 2, 3, 4], [1, 0, 1, 0], [2, 1, 2, 1])),
  two("dilation2d", image, filter([2, 2, 2]), (x, w) => tf.dilation2d(x as Tensor4D, w as Tensor3D, 1, "valid")),
];

/** A power of two, so that adding it is exact; small enough for the cubes of numbers of order one. */
const step = 1 / 64;

/** The gradients of a sum of squares of the op's results against differences of that sum, in float32 as everything here. */
export async function checkOwnDifferences(op: StructureCase): Promise<void> {
  await leakGuard(async () => {
    const inputs = op.inputs.map(({ values = [], shape }) => tf.tensor(values as Float32Array, [...shape]));
    const loss = (...tensors: Tensor[]): Tensor => tf.sum(tf.square(op.run(...tensors)));
    const gradients = tf.tidy(() => tf.grads(loss as (...tensors: Tensor[]) => Tensor)(inputs));
    for (const [index, { values = new Float32Array(), shape, name }] of op.inputs.entries()) {
      const at = async (place: number, change: number): Promise<number> => {
        const moved = tf.tidy(() => {
          const numbers = values.map((value, i) => (i === place ? value + change : value));
          const tensor = tf.tensor(numbers, [...shape]);
          return loss(...inputs.map((input, i) => (i === index ? tensor : input)));
        });
        const [value = Number.NaN] = await moved.data();
        moved.dispose();
        return value;
      };
      const slopes: number[] = [];
      for (const place of values.keys()) slopes.push(((await at(place, step)) - (await at(place, -step))) / (2 * step));
      const what = `gradient to ${name}`;
      expectAllClose(await (gradients[index] as Tensor).data(), slopes, { tolerance: 2e-3, what, shape });
    }
    tf.dispose([...inputs, ...gradients]);
  });
}
