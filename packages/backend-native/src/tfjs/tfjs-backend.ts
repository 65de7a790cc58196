import { ShapeError } from "@dylora/errors";
import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import type { backend_util, DataType, Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { NativeAddon } from "../addon/addon.ts";
import { FloatPool } from "./float-pool.ts";
import type { LazyValues } from "./lazy-tensor.ts";

/**
 * tfjs's backend in JavaScript, whose tensors lie in typed arrays, with arrays that are used again. An array that was
 * read, or that another tensor shares, is left to the garbage collector.
 */
export class NativeTfjsBackend extends MathBackendCPU {
  /** Arrays of large tensors. */
  readonly pool: FloatPool;
  /** What makes the numbers of lazy tensors that nobody has read. */
  readonly #lazy = new Map<object, LazyValues>();

  /** Starts with nothing allocated. */
  constructor(addon: NativeAddon) {
    super();
    this.pool = new FloatPool((values) => addon.misalignment(values));
    // It would greet on its first write with an advertisement for tfjs-node.
    (this as unknown as { firstUse: boolean }).firstUse = false;
  }

  /** Room for a kernel's result, with nothing written into it yet. */
  outputInfo(shape: readonly number[]): TensorInfo {
    const values = this.pool.take(tf.util.sizeFromShape([...shape]));
    return { dataId: super.write(values, [...shape], "float32"), shape: [...shape], dtype: "float32" };
  }

  /** The same as a tensor, tracked by tfjs's scopes as any other. */
  output<T extends Tensor>(shape: readonly number[]): T {
    return tf.engine().makeTensorFromTensorInfo(this.outputInfo(shape), this) as T;
  }

  /** One more handle on data, or undefined where nobody holds it any more. */
  again(info: TensorInfo): Tensor | undefined {
    if (!this.data.has(info.dataId)) return undefined;
    this.incRef(info.dataId);
    return tf.engine().makeTensorFromTensorInfo(info, this);
  }

  /** A tensor whose numbers are made when they are first read. */
  lazyTensor<T extends Tensor>(shape: readonly number[], source: LazyValues): T {
    const dataId = super.write(new Float32Array(0), [...shape], "float32");
    this.#lazy.set(dataId, source);
    const entry = this.data.get(dataId);
    const property = { enumerable: true, configurable: true };
    Object.defineProperty(entry, "values", {
      ...property,
      get: () => {
        const values = this.pool.take(tf.util.sizeFromShape([...shape]));
        source.fill(values);
        Object.defineProperty(entry, "values", { ...property, value: values, writable: true });
        this.#lazy.delete(dataId);
        source.release();
        return values;
      },
    });
    const info: TensorInfo = { dataId, shape: [...shape], dtype: "float32" };
    return tf.engine().makeTensorFromTensorInfo(info, this) as T;
  }

  /** What makes the numbers of a {@link lazyTensor}, or of another form of it; undefined once somebody has read them. */
  lazyValuesOf({ dataId }: Tensor): LazyValues | undefined {
    return this.#lazy.get(dataId);
  }

  /**
   * The numbers of a float32 tensor, to be read or, in a tensor of {@link output}, written by kernels.
   *
   * @throws ShapeError `bad_dtype` for other types, `disposed` when the tensor is gone
   */
  numbers(tensor: Tensor): Float32Array {
    if (tensor.isDisposed) {
      throw new ShapeError("disposed", `this [${tensor.shape}] tensor has been disposed`);
    }
    if (tensor.dtype !== "float32") throw new ShapeError("bad_dtype", `expected float32, got ${tensor.dtype}`);
    const { values } = this.data.get(tensor.dataId);
    return values instanceof Float32Array ? values : Float32Array.from(values as ArrayLike<number>);
  }

  override write(values: backend_util.BackendValues, shape: number[], dtype: DataType): object {
    if (values instanceof Float32Array) this.pool.escape(values.buffer);
    return super.write(values, shape, dtype);
  }

  override readSync(dataId: object): backend_util.BackendValues {
    const values = super.readSync(dataId);
    if (values instanceof Float32Array) this.pool.escape(values.buffer);
    return values;
  }

  override disposeData(dataId: object, force = false): boolean {
    const lazy = this.#lazy.get(dataId);
    if (lazy !== undefined) {
      const gone = super.disposeData(dataId, force);
      if (gone && this.#lazy.delete(dataId)) lazy.release();
      return gone;
    }
    const values = this.data.has(dataId) ? this.data.get(dataId).values : undefined;
    const gone = super.disposeData(dataId, force);
    if (gone && values instanceof Float32Array) this.pool.release(values);
    return gone;
  }
}
