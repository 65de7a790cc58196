import { valueAndGradients } from "@dylora/tensor";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { expectAllClose, expectSameBits } from "../closeness.ts";
import { leakGuard } from "../leak-guard.ts";
import { finiteDifferences } from "../reference/index.ts";
import { seededValues } from "../seeded-values.ts";

/** An input of an op under test. */
export interface CaseInput {
  /** What messages call it. */
  readonly name: string;
  /** Its shape. */
  readonly shape: readonly number[];
  /** Its numbers; default: uniform in [−1, 1). */
  readonly values?: Float32Array;
  /** True where no gradient to it is asked for. */
  readonly constant?: boolean;
}

/** What an op needs besides its inputs, on the backend. */
export interface PreparedOp {
  /** Runs the op; called inside and outside of a gradient. */
  run(...inputs: Tensor[]): Tensor;
  /** Frees what `prepare` allocated. */
  dispose?(): void;
}

/** One op with fixed shapes and options, on the backend and in float64. */
export interface OpCase {
  /** Op, shapes and options. */
  readonly name: string;
  /** Inputs, in the order of both functions. */
  readonly inputs: readonly CaseInput[];
  /** Puts weights and masks on the active backend. */
  prepare(): PreparedOp;
  /** The same op in float64 on row-major numbers. */
  reference(...inputs: Float64Array[]): ArrayLike<number>;
}

/** Starting numbers of a case. */
function valuesOf(op: OpCase): Float32Array[] {
  return op.inputs.map(
    ({ name, shape, values }) =>
      values ??
      seededValues(
        shape.reduce((a, b) => a * b, 1),
        `${op.name}/${name}`,
      ),
  );
}

/** Weights of the sum of outputs that serves as the loss, so that every output counts differently. */
function lossWeights(op: OpCase, count: number): Float32Array {
  return seededValues(count, `${op.name}/loss`);
}

interface Numbers {
  readonly inference: Float32Array;
  readonly output: Float32Array;
  /** One for each input that is not constant. */
  readonly gradients: readonly Float32Array[];
}

const isDifferentiable = ({ constant = false }: CaseInput): boolean => !constant;

async function runOnce(op: OpCase, prepared: PreparedOp): Promise<Numbers> {
  const inputs = valuesOf(op).map((values, index) => tf.tensor(values, [...(op.inputs[index]?.shape ?? [])]));
  const inferred = prepared.run(...inputs);
  const inference = (await inferred.data()) as Float32Array;
  const weights = tf.tensor(lossWeights(op, inferred.size), inferred.shape);
  inferred.dispose();
  const differentiable = inputs.filter((_, index) => isDifferentiable(op.inputs[index] as CaseInput));
  let recorded: Tensor | undefined;
  const { gradients } = await valueAndGradients(() => {
    const y = prepared.run(...inputs);
    recorded = tf.keep(tf.clone(y));
    return tf.sum(tf.mul(y, weights)) as Scalar;
  }, differentiable);
  const output = (await recorded?.data()) as Float32Array;
  tf.dispose([...inputs, weights, recorded as Tensor]);
  return { inference, output, gradients };
}

/** Compares forward (inside and outside of a gradient) and every gradient with float64. */
export async function checkAgainstReference(op: OpCase, tolerance: number): Promise<void> {
  const prepared = op.prepare();
  const { inference, output, gradients } = await runOnce(op, prepared);
  prepared.dispose?.();
  const inputs = valuesOf(op).map((values) => Float64Array.from(values));
  const expected = op.reference(...inputs);
  expectAllClose(inference, expected, { tolerance, what: "forward" });
  expectAllClose(output, expected, { tolerance, what: "forward while recording" });
  const weights = lossWeights(op, expected.length);
  const loss = (): number => {
    const y = op.reference(...inputs);
    let sum = 0;
    for (let i = 0; i < y.length; i++) sum += (y[i] as number) * (weights[i] as number);
    return sum;
  };
  const checked = [...op.inputs.entries()].filter(([, input]) => isDifferentiable(input));
  for (const [at, [index, { name, shape }]] of checked.entries()) {
    const slope = finiteDifferences(loss, inputs[index] as Float64Array);
    expectAllClose(gradients[at] as Float32Array, slope, { tolerance, what: `gradient to ${name}`, shape });
  }
}

/** Runs a case three times: the same bits every time, and nothing left behind by any run or by its weights. */
export async function checkRepeatable(op: OpCase): Promise<void> {
  await leakGuard(async () => {
    const prepared = op.prepare();
    const first = await runOnce(op, prepared);
    for (let again = 0; again < 2; again++) {
      await leakGuard(async () => {
        const { inference, output, gradients } = await runOnce(op, prepared);
        expectSameBits(inference, first.inference, "forward");
        expectSameBits(output, first.output, "forward while recording");
        for (const [index, gradient] of gradients.entries()) {
          expectSameBits(gradient, first.gradients[index] ?? [], `gradient ${index}`);
        }
      });
    }
    prepared.dispose?.();
  });
}
