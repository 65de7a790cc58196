import { FormatError, showValue } from "@dylora/errors";
import { DTYPE_BYTES, type Dtype, isDtype } from "../dtype.ts";
import { jsonExcess } from "../json-bounds.ts";
import { findDuplicateKey } from "./duplicate-keys.ts";
import type { SafetensorsLimits } from "./limits.ts";

/** Where one tensor lies and what it holds. */
export interface SafetensorsEntry {
  /** Element type. */
  readonly dtype: Dtype;
  /** Sizes of the dimensions, outermost first. */
  readonly shape: readonly number[];
  /** Offset of the first byte, from the start of the file. */
  readonly offset: number;
  /** Number of bytes. */
  readonly byteLength: number;
}

/** A checked safetensors header. */
export interface SafetensorsHeader {
  /** The `__metadata__` map; empty when the file has none. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Every tensor by name, in the order of the header. */
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
}

/** What is known of a file before its header is parsed. */
export interface HeaderContext {
  /** What messages call the file. */
  readonly file: string;
  /** Size of the whole file in bytes. */
  readonly fileBytes: number;
  /** Bounds to keep. */
  readonly limits: SafetensorsLimits;
}

function malformed(file: string, problem: string): FormatError {
  return new FormatError("bad_safetensors_header", `${file}: ${problem}`, { details: { file } });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function parseJson(json: Uint8Array, { file, limits }: HeaderContext): Record<string, unknown> {
  // One member is the metadata.
  const excess = jsonExcess(json, limits.tensors + 1);
  if (excess !== undefined) throw malformed(file, `the header ${excess}`);
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(json);
    value = JSON.parse(text);
  } catch (cause) {
    throw new FormatError("bad_safetensors_header", `${file}: the header is not JSON`, { cause, details: { file } });
  }
  if (!isObject(value)) throw malformed(file, "the header is not a JSON object");
  const repeated = findDuplicateKey(text);
  if (repeated !== undefined) throw malformed(file, `the header names ${quote(repeated)} twice`);
  return value;
}

/** Names in messages are cut, so that a hostile header cannot flood a terminal. */
function quote(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}

function parseMetadata(value: unknown, file: string): Record<string, string> {
  if (value === undefined) return {};
  if (!isObject(value)) throw malformed(file, "__metadata__ is not an object");
  const entries = Object.entries(value);
  const wrong = entries.find(([, text]) => typeof text !== "string");
  if (wrong) throw malformed(file, `__metadata__ ${quote(wrong[0])} is not a string`);
  return Object.fromEntries(entries) as Record<string, string>;
}

function parseEntry(name: string, value: unknown, dataStart: number, context: HeaderContext): SafetensorsEntry {
  const { file, limits } = context;
  const fail = (problem: string) => malformed(file, `tensor ${quote(name)}: ${problem}`);
  if (!isObject(value)) throw fail("its entry is not an object");
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isDtype(dtype)) {
    throw fail(`unknown dtype ${showValue(dtype)}; known are ${Object.keys(DTYPE_BYTES).join(", ")}`);
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) throw fail("shape is not a list of whole numbers");
  if (shape.length > limits.dimensions) {
    throw fail(`${shape.length} dimensions, more than the limit of ${limits.dimensions}`);
  }
  const large = shape.find((dimension) => dimension > limits.dimensionSize);
  if (large !== undefined) throw fail(`dimension ${large} is above the limit of ${limits.dimensionSize}`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !isCount(offsets[0]) || !isCount(offsets[1])) {
    throw fail("data_offsets is not a pair of whole numbers");
  }
  const [begin, end] = offsets as [number, number];
  if (end < begin) throw fail(`data_offsets end ${end} lies before the begin ${begin}`);
  if (dataStart + end > context.fileBytes) {
    throw fail(`its bytes end at ${dataStart + end}, past the end of the file (${context.fileBytes}): truncated?`);
  }
  const expected = shape.reduce((product: number, dimension: number) => product * dimension, DTYPE_BYTES[dtype]);
  if (expected !== end - begin) {
    throw fail(`${dtype} [${shape.join(", ")}] takes ${expected} bytes, but data_offsets give it ${end - begin}`);
  }
  return { dtype, shape: Object.freeze(shape as number[]), offset: dataStart + begin, byteLength: end - begin };
}

/** The byte ranges must cover the data exactly once, as the reference reader demands. */
function checkCoverage(tensors: Map<string, SafetensorsEntry>, dataStart: number, context: HeaderContext): void {
  let end = dataStart;
  const inOrder = [...tensors].sort(([, a], [, b]) => a.offset - b.offset || a.byteLength - b.byteLength);
  for (const [name, entry] of inOrder) {
    if (entry.offset < end) throw malformed(context.file, `tensor ${quote(name)} overlaps the one before it`);
    if (entry.offset > end) {
      throw malformed(context.file, `hole of ${entry.offset - end} bytes before tensor ${quote(name)}`);
    }
    end = entry.offset + entry.byteLength;
  }
  if (end !== context.fileBytes) {
    throw malformed(context.file, `${context.fileBytes - end} bytes after the last tensor belong to none`);
  }
}

/**
 * Parses and checks the JSON header of a safetensors file.
 *
 * @param json the header's bytes, without the length before them
 * @throws `FormatError` `bad_safetensors_header` for anything but a well-formed header whose byte ranges fit the
 * shapes and cover the data exactly.
 */
export function parseSafetensorsHeader(json: Uint8Array, context: HeaderContext): SafetensorsHeader {
  const { __metadata__: metadata, ...entries } = parseJson(json, context);
  const named = Object.entries(entries);
  if (named.length > context.limits.tensors) {
    throw malformed(context.file, `${named.length} tensors, more than the limit of ${context.limits.tensors}`);
  }
  const dataStart = 8 + json.byteLength;
  const tensors = new Map(named.map(([name, entry]) => [name, parseEntry(name, entry, dataStart, context)]));
  checkCoverage(tensors, dataStart, context);
  return { metadata: parseMetadata(metadata, context.file), tensors };
}
