import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { erf } from "../reference/index.ts";
import type { CaseInput, OpCase } from "./op-case.ts";
import { tfjsOp, within } from "./tfjs-op.ts";

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const [seluScale, seluAlpha] = [1.0507009873554805, 1.6732632423543772];

/** Each with the range of its numbers. */
const unary: readonly [string, (x: Tensor) => Tensor, (x: number) => number, CaseInput?][] = [
  ["abs", tf.abs, Math.abs],
  ["acos", tf.acos, Math.acos, within(-0.9, 0.9)],
  ["acosh", tf.acosh, Math.acosh, within(1.2, 3)],
  ["asin", tf.asin, Math.asin, within(-0.9, 0.9)],
  ["asinh", tf.asinh, Math.asinh],
  ["atan", tf.atan, Math.atan],
  ["atanh", tf.atanh, Math.atanh, within(-0.9, 0.9)],
  ["ceil", tf.ceil, Math.ceil],
  ["clipByValue", (x) => tf.clipByValue(x, -1, 0.5), (x) => Math.min(Math.max(x, -1), 0.5)],
  ["cos", tf.cos, Math.cos],
  ["cosh", tf.cosh, Math.cosh],
  ["elu", tf.elu, (x) => (x > 0 ? x : Math.expm1(x))],
  ["erf", tf.erf, erf],
  ["exp", tf.exp, Math.exp],
  ["expm1", tf.expm1, Math.expm1],
  ["floor", tf.floor, Math.floor],
  ["leakyRelu", (x) => tf.leakyRelu(x, 0.1), (x) => (x > 0 ? x : 0.1 * x)],
  ["log", tf.log, Math.log, within(0.2, 3)],
  ["log1p", tf.log1p, Math.log1p, within(-0.5, 3)],
  ["logSigmoid", tf.logSigmoid, (x) => Math.log(sigmoid(x))],
  ["neg", tf.neg, (x) => -x],
  ["pow with a number", (x) => tf.pow(x, 2), (x) => x * x],
  ["reciprocal", tf.reciprocal, (x) => 1 / x, within(0.3, 2)],
  ["relu", tf.relu, (x) => Math.max(x, 0)],
  ["relu6", tf.relu6, (x) => Math.min(Math.max(x, 0), 6), within(-3, 9)],
  ["round", tf.round, Math.round],
  ["rsqrt", tf.rsqrt, (x) => 1 / Math.sqrt(x), within(0.3, 3)],
  ["selu", tf.selu, (x) => seluScale * (x > 0 ? x : seluAlpha * Math.expm1(x))],
  ["sigmoid", tf.sigmoid, sigmoid],
  ["sign", tf.sign, Math.sign],
  ["sin", tf.sin, Math.sin],
  ["sinh", tf.sinh, Math.sinh],
  ["softplus", tf.softplus, (x) => Math.log1p(Math.exp(x))],
  ["sqrt", tf.sqrt, Math.sqrt, within(0.2, 3)],
  ["square", tf.square, (x) => x * x],
  ["step", (x) => tf.step(x), (x) => (x > 0 ? 1 : 0)],
  ["tan", tf.tan, Math.tan, within(-1, 1)],
  ["tanh", tf.tanh, Math.tanh],
];

/** Each with the range of its right operand; the left is between 0.3 and 2. */
const binary: readonly [string, (a: Tensor, b: Tensor) => Tensor, (a: number, b: number) => number][] = [
  ["add", tf.add, (a, b) => a + b],
  ["atan2", tf.atan2, Math.atan2],
  ["div", tf.div, (a, b) => a / b],
  ["divNoNan", tf.divNoNan, (a, b) => a / b],
  ["maximum", tf.maximum, Math.max],
  ["minimum", tf.minimum, Math.min],
  ["mod", tf.mod, (a, b) => a % b],
  ["mul", tf.mul, (a, b) => a * b],
  ["pow", tf.pow, (a, b) => a ** b],
  ["squaredDifference", tf.squaredDifference, (a, b) => (a - b) ** 2],
  ["sub", tf.sub, (a, b) => a - b],
  ["where", (a, b) => tf.where(tf.greater(a, 1), a, tf.broadcastTo(b, a.shape)), (a, b) => (a > 1 ? a : b)],
];

const broadcast: readonly (readonly number[])[] = [[3, 4], [4], [3, 1], []];

/** Ops of single numbers: no input, one and two, with every form of broadcasting. */
export const tfjsElementwiseCases: readonly OpCase[] = [
  ...unary.map(([name, run, reference, input = within(-2, 2)]) =>
    tfjsOp(name, [input], run, (x = new Float64Array()) => x.map(reference)),
  ),
  ...binary.flatMap(([name, run, reference]) =>
    broadcast.map((shape) => {
      const inputs = [within(0.3, 2), within(0.4, 1.9, shape, "b")];
      const place = (i: number) => (shape.length === 0 ? 0 : shape[1] === 1 ? Math.floor(i / 4) : shape[1] ? i : i % 4);
      return tfjsOp(`${name} with [${shape}]`, inputs, run, (a = new Float64Array(), b = new Float64Array()) =>
        a.map((value, i) => reference(value, b[place(i)] as number)),
      );
    }),
  ),
  tfjsOp(
    "prelu",
    [within(-2, 2), within(0.1, 0.9, [4], "alpha")],
    (x, alpha) => tf.prelu(x, alpha as Tensor),
    (x = new Float64Array(), alpha = new Float64Array()) =>
      x.map((value, i) => (value > 0 ? value : (alpha[i % 4] as number) * value)),
  ),
  tfjsOp(
    "addN, cast and clone",
    [within(-2, 2), within(-2, 2, [3, 4], "b")],
    (a, b) => tf.addN([a as Tensor, tf.clone(b as Tensor), tf.cast(a as Tensor, "float32")]),
    (a = new Float64Array(), b = new Float64Array()) => a.map((value, i) => 2 * value + (b[i] as number)),
  ),
];
