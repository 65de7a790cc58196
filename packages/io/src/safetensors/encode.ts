import { ShapeError } from "@dylora/errors";
import { compareDtypes, DTYPE_BYTES, type Dtype, dtypeOf } from "../dtype.ts";
import { elementCount, type NumericArray, type TensorData } from "../tensor-data.ts";

/** Name, type and shape of a tensor that is to be written. */
export interface TensorSpec {
  /** Name in the file. */
  readonly name: string;
  /** Element type in the file. */
  readonly dtype: Dtype;
  /** Sizes of the dimensions, outermost first. */
  readonly shape: readonly number[];
}

/** The start of a safetensors file and what must follow it. */
export interface SafetensorsLayout {
  /** The header's length, the header and its padding: the first bytes of the file. */
  readonly head: Uint8Array;
  /** The tensors in the order in which their bytes follow. */
  readonly order: readonly TensorSpec[];
  /** Size of the whole file in bytes. */
  readonly totalBytes: number;
}

/** What `__metadata__` holds: strings by name. */
export type SafetensorsMetadata = Readonly<Record<string, string>>;

const specBytes = ({ dtype, shape }: TensorSpec): number => elementCount(shape) * DTYPE_BYTES[dtype];

function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Lays out a safetensors file as the reference writer does: tensors by falling alignment, then by name; metadata
 * first; the header padded with spaces to a multiple of 8 bytes. Equal input gives equal bytes.
 *
 * @throws `ShapeError` `bad_tensor_name` for a repeated name or one that the format reserves.
 */
export function layoutSafetensors(specs: Iterable<TensorSpec>, metadata: SafetensorsMetadata = {}): SafetensorsLayout {
  const order = [...specs].sort((a, b) => compareDtypes(a.dtype, b.dtype) || compareNames(a.name, b.name));
  const header = new Map<string, unknown>();
  const texts = Object.entries(metadata).sort(([a], [b]) => compareNames(a, b));
  if (texts.length > 0) header.set("__metadata__", Object.fromEntries(texts));
  let end = 0;
  for (const spec of order) {
    const { name, dtype, shape } = spec;
    if (header.has(name) || name === "__metadata__") {
      throw new ShapeError("bad_tensor_name", `tensor name "${name}" is used twice or reserved by safetensors`);
    }
    const begin = end;
    end += specBytes(spec);
    header.set(name, { dtype, shape, data_offsets: [begin, end] });
  }
  // Object keys that look like integers would be moved to the front, so the outer object is put together by hand.
  const members = [...header].map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  const json = new TextEncoder().encode(`{${members.join(",")}}`);
  const padded = Math.ceil(json.byteLength / 8) * 8;
  const head = new Uint8Array(8 + padded).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(padded), true);
  head.set(json, 8);
  return { head, order, totalBytes: head.byteLength + end };
}

/** The memory of a typed array as bytes, without a copy. */
export function bytesOf(data: NumericArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function specOf(name: string, { shape, data }: TensorData<NumericArray>): TensorSpec {
  if (elementCount(shape) !== data.length) {
    throw new ShapeError("tensor_shape", `tensor "${name}" [${shape.join(", ")}] holds ${data.length} elements`);
  }
  return { name, dtype: dtypeOf(data), shape };
}

/**
 * The bytes of a safetensors file in pieces: its head, then each tensor as a view of the given array. Nothing is
 * copied.
 *
 * @param tensors tensors by name; the typed array decides the element type
 * @param metadata strings for `__metadata__`, for instance `{ format: "pt" }`
 * @throws `ShapeError` `tensor_shape` when an array is not as long as its shape says, `bad_tensor_name`.
 */
export function safetensorsParts(
  tensors: ReadonlyMap<string, TensorData<NumericArray>>,
  metadata?: SafetensorsMetadata,
): Uint8Array[] {
  const { head, order } = layoutSafetensors(
    [...tensors].map(([name, tensor]) => specOf(name, tensor)),
    metadata,
  );
  return [head, ...order.map(({ name }) => bytesOf(tensors.get(name)!.data))];
}

/**
 * A whole safetensors file as one array; see {@link safetensorsParts}, which needs no second copy of the tensors.
 *
 * @throws As {@link safetensorsParts}.
 *
 * @example
 * ```ts
 * import { encodeSafetensors } from "@dylora/io";
 *
 * const tensors = new Map([["weight", { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }]]);
 * console.log(encodeSafetensors(tensors, { format: "pt" }).byteLength);
 * ```
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, TensorData<NumericArray>>,
  metadata?: SafetensorsMetadata,
): Uint8Array {
  return concatBytes(safetensorsParts(tensors, metadata));
}

/** Joins pieces of bytes into one array. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.byteLength;
  }
  return out;
}

/**
 * The bytes of a safetensors file in pieces, with each tensor made only when its turn comes: for models that do not
 * fit in memory twice.
 *
 * @param specs what will be written
 * @param load gives the little-endian bytes of one tensor; called once for each, in file order
 * @throws `ShapeError` `tensor_shape` when `load` gives another number of bytes than the spec says.
 */
export async function* streamSafetensors(
  specs: Iterable<TensorSpec>,
  load: (spec: TensorSpec) => Uint8Array | Promise<Uint8Array>,
  metadata?: SafetensorsMetadata,
): AsyncGenerator<Uint8Array> {
  const { head, order } = layoutSafetensors(specs, metadata);
  yield head;
  for (const spec of order) {
    const bytes = await load(spec);
    if (bytes.byteLength !== specBytes(spec)) {
      const expected = `${spec.dtype} [${spec.shape.join(", ")}]`;
      throw new ShapeError("tensor_shape", `tensor "${spec.name}": ${bytes.byteLength} bytes are not ${expected}`);
    }
    yield bytes;
  }
}
