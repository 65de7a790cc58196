import { ResourceError, ShapeError } from "@dylora/errors";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { DataId, Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { WasmMemory } from "./kernel-module.ts";

/** What we use of tfjs's backend and of the Emscripten module inside it. */
type TfjsBackend = Pick<BackendWasm, "makeOutput" | "disposeData"> & {
  readonly dataIdMap: { get(id: DataId): { memoryOffset: number } | undefined };
  readonly wasm: {
    readonly asm: { readonly memory: WasmMemory };
    _malloc(bytes: number): number;
    _free(pointer: number): void;
  };
};

/** Tensors and scratch space in the memory of tfjs's WebAssembly module. */
export class KernelMemory {
  readonly #backend: TfjsBackend;

  /** @param backend the active tfjs backend, of type `wasm` */
  constructor(backend: object) {
    this.#backend = backend as TfjsBackend;
  }

  /** The memory itself. */
  get memory(): WasmMemory {
    return this.#backend.wasm.asm.memory;
  }

  /**
   * Where the numbers of a float32 tensor lie.
   *
   * @throws ShapeError `bad_dtype` for other types, `disposed` when the tensor is gone
   */
  at(tensor: Tensor): number {
    if (tensor.dtype !== "float32") throw new ShapeError("bad_dtype", `expected float32, got ${tensor.dtype}`);
    const data = tensor.isDisposed ? undefined : this.#backend.dataIdMap.get(tensor.dataId);
    if (data === undefined) throw new ShapeError("disposed", `this [${tensor.shape}] tensor has been disposed`);
    return data.memoryOffset;
  }

  /**
   * A new tensor with nothing written into it yet; tracked by tfjs's scopes as any other.
   *
   * @throws ResourceError `out_of_memory`
   */
  output<T extends Tensor>(shape: readonly number[]): T {
    const info = this.#backend.makeOutput([...shape], "float32");
    if (this.#backend.dataIdMap.get(info.dataId)?.memoryOffset === 0) {
      this.#backend.disposeData(info.dataId);
      throw outOfMemory(4 * tf.util.sizeFromShape([...shape]));
    }
    return tf.engine().makeTensorFromTensorInfo(info) as T;
  }

  /**
   * Uninitialised bytes; give them back with {@link free}.
   *
   * @throws ResourceError `out_of_memory`
   */
  allocate(bytes: number): number {
    const pointer = this.#backend.wasm._malloc(bytes) >>> 0;
    if (pointer === 0) throw outOfMemory(bytes);
    return pointer;
  }

  /** Gives back what {@link allocate} gave. */
  free(pointer: number): void {
    this.#backend.wasm._free(pointer);
  }

  /** Numbers at a place, as a view that is valid until the memory grows. */
  floats(pointer: number, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, pointer, count);
  }

  /** Copies numbers; the places do not overlap. */
  copy(from: number, to: number, count: number): void {
    new Uint8Array(this.memory.buffer).copyWithin(to, from, from + 4 * count);
  }

  /** Runs a function with scratch space that is given back afterwards. `allocate` hands out room for float32 numbers. */
  withScratch<T>(use: (allocate: (count: number) => number) => T): T {
    const taken: number[] = [];
    try {
      return use((count) => {
        const pointer = this.allocate(4 * count);
        taken.push(pointer);
        return pointer;
      });
    } finally {
      for (const pointer of taken) this.free(pointer);
    }
  }
}

function outOfMemory(bytes: number): ResourceError {
  return new ResourceError(
    "out_of_memory",
    `the wasm backend has no ${Math.ceil(bytes / 1024)} KiB left (its memory ends at 4 GiB); use smaller batches or sequences`,
  );
}
