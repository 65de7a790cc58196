import { type DropoutKey, dropoutMask, type Gate, type LoraOperand, tokenRows } from "@dylora/tensor";
import { expectAllClose, leakGuard, seededValues } from "@dylora/test-kit";
import * as tf from "@tensorflow/tfjs-core";
import { onGpu } from "./fixtures/on-gpu.ts";
import { addLora, addLoraGradient } from "./lora.ts";

const check = onGpu();

interface Shape {
  readonly examples: number;
  readonly length: number;
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly rank: number;
  readonly gate: "number" | "ranks" | "examples";
  readonly dropout?: DropoutKey;
}

/** op(a) · op(b) in float64 for row-major matrices. */
function product(
  [a, rows, inner]: readonly [ArrayLike<number>, number, number],
  b: (k: number, j: number) => number,
  columns: number,
): Float64Array {
  return Float64Array.from({ length: rows * columns }, (_, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns];
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += (a[i * inner + k] as number) * b(k, j);
    return sum;
  });
}
const transposed = (a: ArrayLike<number>, rows: number, columns: number): Float64Array =>
  Float64Array.from({ length: rows * columns }, (_, at) => a[(at % rows) * columns + Math.floor(at / rows)] as number);

/** A pair's forward pass and gradients by their definitions, in float64. */
function reference(
  shape: Shape,
  x: Float32Array,
  A: Float32Array,
  Bt: Float32Array,
  dy: Float32Array,
  gate: Float32Array,
) {
  const { examples, length, inFeatures, outFeatures, rank, dropout } = shape;
  const rows = examples * length;
  const mask =
    dropout === undefined
      ? new Float32Array(x.length).fill(1)
      : dropoutMask(dropout, examples, tokenRows(length), inFeatures);
  const gateAt = (row: number, k: number): number => {
    if (shape.gate === "number") return gate[0] as number;
    return gate[shape.gate === "ranks" ? k : Math.floor(row / length) * rank + k] as number;
  };
  const gated = (u: Float64Array) => u.map((value, at) => value * gateAt(Math.floor(at / rank), at % rank));
  const dropped = Float64Array.from(x, (value, i) => value * (mask[i] as number));
  const u = gated(product([dropped, rows, inFeatures], (k, j) => A[j * inFeatures + k] as number, rank));
  const du = gated(product([dy, rows, outFeatures], (k, j) => Bt[j * outFeatures + k] as number, rank));
  return {
    y: product([u, rows, rank], (k, j) => Bt[k * outFeatures + j] as number, outFeatures),
    dx: product([du, rows, rank], (k, j) => A[k * inFeatures + j] as number, inFeatures).map(
      (value, i) => value * (mask[i] as number),
    ),
    dA: product([transposed(du, rows, rank), rank, rows], (k, j) => dropped[k * inFeatures + j] as number, inFeatures),
    dBt: product([transposed(u, rows, rank), rank, rows], (k, j) => dy[k * outFeatures + j] as number, outFeatures),
  };
}

const drop: DropoutKey = { key: 7, probability: 0.3, firstExample: 2 };
const shapes: readonly Shape[] = [
  { examples: 1, length: 1, inFeatures: 1, outFeatures: 1, rank: 1, gate: "number" },
  { examples: 3, length: 7, inFeatures: 20, outFeatures: 70, rank: 3, gate: "ranks" },
  { examples: 2, length: 65, inFeatures: 64, outFeatures: 128, rank: 8, gate: "number", dropout: drop },
  { examples: 5, length: 60, inFeatures: 33, outFeatures: 17, rank: 12, gate: "examples", dropout: drop },
  { examples: 4, length: 33, inFeatures: 130, outFeatures: 90, rank: 32, gate: "examples" },
];

for (const shape of shapes) {
  const { examples, length, inFeatures, outFeatures, rank, dropout } = shape;
  const rows = examples * length;
  const sizes = `[${rows}, ${inFeatures}] to ${outFeatures}, rank ${rank}`;
  check(`a pair ${sizes}, gate by ${shape.gate}${dropout ? ", dropout" : ""}, equals float64`, async () => {
    const [x, A, Bt, dy] = [
      seededValues(rows * inFeatures, "x"),
      seededValues(rank * inFeatures, "A"),
      seededValues(rank * outFeatures, "Bt"),
      seededValues(rows * outFeatures, "dy"),
    ] as [Float32Array, Float32Array, Float32Array, Float32Array];
    const gates = seededValues({ number: 1, ranks: rank, examples: examples * rank }[shape.gate], "gate");
    const expected = reference(shape, x, A, Bt, dy, gates);
    await leakGuard(async () => {
      const put = (values: Float32Array, columns: number) => tf.tensor2d(values, [values.length / columns, columns]);
      const gate: Gate = {
        number: () => gates[0] as number,
        ranks: () => tf.tensor1d(gates),
        examples: () => put(gates, rank),
      }[shape.gate]();
      const operand: LoraOperand = {
        ...{ A: put(A, inFeatures), Bt: put(Bt, outFeatures), gate },
        ...(dropout === undefined ? {} : { dropout }),
      };
      const [input, away] = [put(x, inFeatures), put(dy, outFeatures)];
      const [base, dBase] = [seededValues(rows * outFeatures, "base"), seededValues(rows * inFeatures, "dBase")];
      const [under, dUnder] = [put(base, outFeatures), put(dBase, inFeatures)];
      const [y, ...saved] = tf.tidy(() => {
        const { y: sum, saved: kept } = addLora(under, input, operand, examples);
        return [sum, ...kept] as [tf.Tensor2D, ...tf.Tensor[]];
      });
      const gradients = tf.tidy(() => {
        const { dx, dA, dBt } = addLoraGradient(dUnder, away, input, operand, examples, saved);
        return { dx: dx as tf.Tensor2D, dA, dBt };
      });
      const sum = (a: Float64Array, b: Float32Array) => a.map((value, i) => value + (b[i] as number));
      expectAllClose(await y.data(), sum(expected.y, base), { tolerance: 1e-5, what: "y" });
      expectAllClose(await gradients.dx.data(), sum(expected.dx, dBase), { tolerance: 1e-5, what: "dx" });
      expectAllClose(await gradients.dA.data(), expected.dA, { tolerance: 1e-5, what: "dA" });
      expectAllClose(await gradients.dBt.data(), expected.dBt, { tolerance: 1e-5, what: "dBt" });
      tf.dispose([input, away, under, dUnder, operand.A, operand.Bt, y, ...saved, ...Object.values(gradients)]);
      if (typeof gate !== "number") gate.dispose();
    });
  });
}
