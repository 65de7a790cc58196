/// <reference lib="esnext.disposable" preserve="true" />
import { FormatError, ShapeError } from "@dylora/errors";
import type { ByteSource } from "../byte-source.ts";
import { DTYPE_BYTES, type Dtype } from "../dtype.ts";
import { refuseLfsPointer } from "../lfs-pointer.ts";
import { fixedMemoryGuard, type MemoryGuard } from "../memory-guard.ts";
import { missingTensor } from "../missing-tensor.ts";
import { elementCount, type NumericArray, type TensorData } from "../tensor-data.ts";
import { convertFloat32, convertInt32, nativeArray } from "./convert.ts";
import { parseSafetensorsHeader, type SafetensorsEntry } from "./header.ts";
import { DEFAULT_SAFETENSORS_LIMITS, type SafetensorsLimits } from "./limits.ts";
import { refusePickle } from "./pickle.ts";

/** Settings of {@link openSafetensors}. */
export interface OpenSafetensorsOptions {
  /** Bounds of the header. Default {@link DEFAULT_SAFETENSORS_LIMITS}. */
  readonly limits?: Partial<SafetensorsLimits>;
  /** Asked before a tensor is allocated. Default: at most 4 GiB in one array. */
  readonly guard?: MemoryGuard;
}

/** An open safetensors file: the header is read and checked, tensors are read one at a time on demand. */
export interface SafetensorsFile {
  /** What messages call the file. */
  readonly name: string;
  /** The `__metadata__` map; empty when the file has none. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Every tensor by name: type, shape and byte range. */
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
  /**
   * Reads one tensor as float32: F32 as it is, F16 and BF16 widened exactly, F64 rounded to nearest.
   *
   * @throws `FormatError` `missing_tensor`, `ShapeError` `tensor_dtype` for other types, `ResourceError`
   * `out_of_memory` when the guard refuses.
   */
  readFloat32(name: string): Promise<Float32Array>;
  /**
   * Reads one tensor of any integer type or BOOL as int32.
   *
   * @throws As {@link SafetensorsFile.readFloat32}, and `FormatError` `integer_out_of_range` for a value that
   * int32 cannot hold.
   */
  readInt32(name: string): Promise<Int32Array>;
  /**
   * Reads one tensor in its own type: F32 as `Float32Array`, I64 as `BigInt64Array`, BOOL as `Uint8Array`, …
   *
   * @throws As {@link SafetensorsFile.readFloat32}; types without a typed array (F16, BF16, F8) are `tensor_dtype`.
   */
  readTensor(name: string): Promise<TensorData<NumericArray>>;
  /** Closes the byte source. */
  close(): Promise<void>;
  /** The same, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Values of a converted type are read in pieces of this many elements, so that the peak stays at one tensor. */
const CHUNK_ELEMENTS = 1 << 20;

/** Enough to know a pointer of Git LFS by. */
const POINTER_BYTES = 256;

async function readHeader(source: ByteSource, limits: SafetensorsLimits) {
  const file = source.name;
  const start = await source.read(0, Math.min(9, source.size));
  refusePickle(start, file);
  if (start.byteLength < 9) {
    throw new FormatError("not_safetensors", `${file}: ${source.size} bytes are too few for a safetensors file`, {
      details: { file },
    });
  }
  const view = new DataView(start.buffer, start.byteOffset, 8);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  const fail = (code: string, problem: string) => new FormatError(code, `${file}: ${problem}`, { details: { file } });
  if (start[8] !== 0x7b) {
    refuseLfsPointer(await source.read(0, Math.min(POINTER_BYTES, source.size)), file);
    throw fail("not_safetensors", "not a safetensors file: no JSON header at byte 8");
  }
  if (length > source.size - 8) {
    throw fail("bad_safetensors_header", `header of ${length} bytes is longer than the file (${source.size} bytes)`);
  }
  if (length > limits.headerBytes) {
    throw fail("bad_safetensors_header", `header of ${length} bytes is above the limit of ${limits.headerBytes}`);
  }
  const json = await source.read(8, length);
  return parseSafetensorsHeader(json, { file, fileBytes: source.size, limits });
}

/**
 * Opens a safetensors file: reads and checks its header, nothing more.
 *
 * On an error the source is left open; its owner closes it.
 *
 * @throws `FormatError` `not_safetensors`, `bad_safetensors_header`, `pickle_refused` for a PyTorch file, `lfs_pointer` for what
 * stands in place of a file in a clone without Git LFS.
 * @see https://huggingface.co/docs/safetensors for the format.
 *
 * @example
 * ```ts
 * import { bytesFromArray, encodeSafetensors, openSafetensors } from "@dylora/io";
 *
 * const bytes = encodeSafetensors(new Map([["bias", { shape: [2], data: Float32Array.of(1, 2) }]]));
 * const file = await openSafetensors(bytesFromArray(bytes));
 * console.log(file.tensors.get("bias")?.shape, await file.readFloat32("bias"));
 * ```
 */
export async function openSafetensors(
  source: ByteSource,
  options: OpenSafetensorsOptions = {},
): Promise<SafetensorsFile> {
  const { metadata, tensors } = await readHeader(source, { ...DEFAULT_SAFETENSORS_LIMITS, ...options.limits });
  const guard = options.guard ?? fixedMemoryGuard();
  const entryOf = (name: string): SafetensorsEntry => {
    const entry = tensors.get(name);
    if (!entry) throw missingTensor(name, source.name, tensors.keys());
    return entry;
  };
  const allocate = (name: string, bytes: number) => guard(bytes, `${source.name}: reading tensor "${name}"`);

  async function eachChunk(entry: SafetensorsEntry, use: (bytes: Uint8Array, at: number) => void): Promise<void> {
    const size = DTYPE_BYTES[entry.dtype];
    const count = elementCount(entry.shape);
    for (let at = 0; at < count; at += CHUNK_ELEMENTS) {
      const length = Math.min(CHUNK_ELEMENTS, count - at);
      use(await source.read(entry.offset + at * size, length * size), at);
    }
  }

  const wrongDtype = (name: string, dtype: Dtype, wanted: string) =>
    new ShapeError("tensor_dtype", `${source.name}: tensor "${name}" is ${dtype}, which cannot be read as ${wanted}`, {
      details: { file: source.name, name, dtype },
    });

  return {
    name: source.name,
    metadata,
    tensors,
    async readFloat32(name) {
      const entry = entryOf(name);
      const bytes = 4 * elementCount(entry.shape);
      if (entry.dtype === "F32") {
        allocate(name, bytes);
        return nativeArray("F32", await source.read(entry.offset, entry.byteLength)) as Float32Array;
      }
      const convert = convertFloat32(entry.dtype);
      if (!convert) throw wrongDtype(name, entry.dtype, "float32");
      allocate(name, bytes);
      const out = new Float32Array(bytes / 4);
      await eachChunk(entry, (chunk, at) => convert(chunk, out, at));
      return out;
    },
    async readInt32(name) {
      const entry = entryOf(name);
      const convert = convertInt32(entry.dtype, `${source.name}: tensor "${name}"`);
      if (!convert) throw wrongDtype(name, entry.dtype, "int32");
      const count = elementCount(entry.shape);
      allocate(name, 4 * count);
      const out = new Int32Array(count);
      await eachChunk(entry, (chunk, at) => convert(chunk, out, at));
      return out;
    },
    async readTensor(name) {
      const entry = entryOf(name);
      allocate(name, entry.byteLength);
      const data = nativeArray(entry.dtype, await source.read(entry.offset, entry.byteLength));
      if (!data) throw wrongDtype(name, entry.dtype, "a typed array");
      return { shape: entry.shape, data };
    },
    close: () => source.close(),
    [Symbol.asyncDispose]: () => source.close(),
  };
}
