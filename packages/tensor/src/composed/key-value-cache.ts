import type { Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { checkSequences, type KeyValueCache } from "../contract/key-value-cache.ts";

/** The portable form: two tensors `[batch * heads, tokens, head size]`, copied whenever tokens are added. */
export class PlainKeyValueCache implements KeyValueCache {
  readonly batch: number;
  readonly heads: number;
  readonly size: number;
  readonly length: number;
  /** Keys. */
  readonly keys: Tensor3D;
  /** Values. */
  readonly values: Tensor3D;

  /** Takes the tensors over, out of any scope of tfjs that would free them. */
  constructor(keys: Tensor3D, values: Tensor3D, batch: number) {
    const [stacked, length, size] = keys.shape;
    this.batch = batch;
    this.heads = stacked / batch;
    this.size = size;
    this.length = length;
    this.keys = tf.keep(keys);
    this.values = tf.keep(values);
  }

  select(sequences: readonly number[]): PlainKeyValueCache {
    const { batch, heads, size, length, keys, values } = this;
    checkSequences(sequences, batch);
    const rows = tf.tensor1d([...sequences], "int32");
    const pick = (stack: Tensor3D): Tensor3D =>
      tf.tidy(() => {
        const picked = tf.gather(tf.reshape(stack, [batch, heads * length * size]), rows);
        return tf.reshape(picked, [sequences.length * heads, length, size]);
      });
    const selected = new PlainKeyValueCache(pick(keys), pick(values), sequences.length);
    rows.dispose();
    return selected;
  }

  dispose(): void {
    this.keys.dispose();
    this.values.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
