import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { elementCount } from "@dylora/io";
import { openSafetensorsFile } from "@dylora/io/node";

/** One tensor of a golden file. */
export interface GoldenTensor {
  /** Its shape. */
  readonly shape: readonly number[];
  /** Its numbers, row-major; integers and booleans as they are. */
  readonly values: Float32Array | Int32Array;
}

/** A folder of reference results with the files they were computed from. */
export interface Golden {
  /** Its absolute path. */
  readonly folder: string;
  /** What `meta.json` says about how the results were made. */
  readonly meta: Readonly<Record<string, unknown>>;
  /** Names of the results, sorted. */
  readonly names: readonly string[];
  /** True when there is a result of this name. */
  has(name: string): boolean;
  /**
   * A result by name.
   *
   * @throws Error naming the golden file when there is none
   */
  tensor(name: string): GoldenTensor;
  /**
   * A result as float32.
   *
   * @throws Error when there is none, or it holds integers
   */
  floats(name: string): Float32Array;
  /**
   * A result as plain integers: ids, labels, masks.
   *
   * @throws Error when there is none, or it holds fractions
   */
  integers(name: string): number[];
}

/** Absolute path of a golden folder of this package; an absolute path stays as it is. */
export function goldenFolder(name: string): string {
  return resolve(import.meta.dirname, "../fixtures", name);
}

/**
 * Reads `expected.safetensors` and `meta.json` of a golden folder.
 *
 * @param name a folder of this package's `fixtures`, for instance `roberta-tiny`, or an absolute path
 */
export async function loadGolden(name: string): Promise<Golden> {
  const folder = goldenFolder(name);
  const meta = JSON.parse(await readFile(`${folder}/meta.json`, "utf8")) as Record<string, unknown>;
  const file = await openSafetensorsFile(`${folder}/expected.safetensors`);
  const tensors = new Map<string, GoldenTensor>();
  try {
    for (const [key, { dtype, shape }] of file.tensors) {
      const isFloat = dtype.startsWith("F") || dtype === "BF16";
      const values = isFloat ? await file.readFloat32(key) : await file.readInt32(key);
      if (values.length !== elementCount(shape)) throw new Error(`golden "${name}": "${key}" has a wrong length`);
      tensors.set(key, { shape, values });
    }
  } finally {
    await file.close();
  }
  const names = [...tensors.keys()].sort();
  const tensor = (key: string): GoldenTensor => {
    const found = tensors.get(key);
    if (found === undefined) throw new Error(`golden "${name}" has no "${key}"; it has ${names.join(", ")}`);
    return found;
  };
  return {
    folder,
    meta,
    names,
    has: (key) => tensors.has(key),
    tensor,
    floats(key) {
      const { values } = tensor(key);
      if (values instanceof Int32Array) throw new Error(`golden "${name}": "${key}" holds integers`);
      return values;
    },
    integers(key) {
      const numbers = [...tensor(key).values];
      if (!numbers.every(Number.isInteger)) throw new Error(`golden "${name}": "${key}" holds fractions`);
      return numbers;
    },
  };
}
