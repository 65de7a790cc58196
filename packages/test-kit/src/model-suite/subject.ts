import {
  type AdaptableModel,
  type Adapter,
  attach,
  createAdapter,
  type ForwardOptions,
  type LoraConfig,
} from "@dylora/lora-core";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { seededValues } from "../seeded-values.ts";

/** A model to check, with something to feed it. */
export interface ModelUnderTest<Inputs> {
  /** The model; the suite disposes it. */
  readonly model: AdaptableModel<Inputs>;
  /** A batch of at least three examples, some padded where the model knows padding. */
  readonly inputs: Inputs & { readonly size: number };
  /** Closes what the model was loaded from; called after the model is disposed. */
  close?(): void | Promise<void>;
  /** A loss on its logits that depends on all of them. */
  loss(logits: Tensor2D): Scalar;
  /** Some consecutive examples of `inputs`, padded as before; leave it out when the model has no such inputs. */
  slice?(first: number, count: number): Inputs & { readonly size: number };
}

/** What a check is given. */
export interface Subject<Inputs> extends ModelUnderTest<Inputs> {
  /** Largest error, see `expectAllClose`. */
  readonly tolerance: number;
}

/** A check of a model; it throws when the contract is broken. */
export interface ModelCheck {
  /** What holds when it passes. */
  readonly title: string;
  /** Does the check. */
  run<Inputs>(subject: Subject<Inputs>): void | Promise<void>;
}

/** Highest rank of the adapters that the checks put on a model. */
export const maxRank = 4;

/**
 * An adapter as after training: every B differs from zero.
 *
 * @param size of the numbers in B
 */
export function trainedAdapter<Inputs>(
  model: AdaptableModel<Inputs>,
  settings: Partial<LoraConfig> = {},
  name = "trained",
  size = 0.3,
): Adapter {
  const adapter = createAdapter(model, { rank: maxRank, alpha: 2, ...settings }, { seed: 1 });
  for (const { nameB } of adapter.pairs) {
    const values = adapter.parameters.get(nameB);
    adapter.parameters.set(nameB, seededValues(values.length, `${name}/${nameB}`, size));
  }
  return adapter;
}

/** Logits of a call, row by row. */
export interface Logits {
  /** Rows and columns. */
  readonly shape: readonly [number, number];
  /** Row-major. */
  readonly values: Float32Array;
}

async function read(logits: Tensor2D): Promise<Logits> {
  const values = (await logits.data()) as Float32Array;
  logits.dispose();
  return { shape: logits.shape, values };
}

/** Logits with an adapter. */
export function logitsOf<Inputs>(
  { model, inputs }: Pick<ModelUnderTest<Inputs>, "model" | "inputs">,
  adapter: Adapter | Partial<LoraConfig>,
  options: ForwardOptions = {},
): Promise<Logits> {
  return read(attach(model, adapter).forward(inputs, options));
}

/** Logits of the model alone: no adapter, its own head, no dropout. */
export async function bareLogits<Inputs>({ model, inputs }: ModelUnderTest<Inputs>): Promise<Logits> {
  const head = new Map(model.head.map(({ name, shape, values }) => [name, tf.tensor(values, [...shape])]));
  const logits = tf.tidy(() =>
    model.forward(inputs, {
      adapter: () => undefined,
      dropout: () => undefined,
      parameter(name) {
        const tensor = head.get(name);
        if (tensor === undefined) throw new Error(`the model asks for the parameter "${name}", which its head lacks`);
        return tensor;
      },
    }),
  );
  tf.dispose([...head.values()]);
  return read(logits);
}

/** Rows of one example. */
export function rowsOfExample(
  { shape: [rows, columns], values }: Logits,
  example: number,
  examples: number,
): Float32Array {
  if (rows % examples !== 0) throw new Error(`${rows} rows of logits cannot be shared by ${examples} examples`);
  const each = (rows / examples) * columns;
  return values.subarray(example * each, (example + 1) * each);
}

/** Largest difference between two calls. */
export function difference(a: Logits, b: Logits): number {
  return a.values.reduce((most, value, i) => Math.max(most, Math.abs(value - (b.values[i] as number))), 0);
}
