import { type DropoutKey, dropThreshold } from "@dylora/tensor";
import { f32, i32, lanes, type UniformValue, u32 } from "./program.ts";

/** `foldKey` and `wordAt` of the tensor package, bit for bit, and the dropout factor of one element. */
export const random = `
  fn mix32(word : u32) -> u32 {
    var h = word;
    h = (h ^ (h >> 16u)) * 0x21f0aaadu;
    h = (h ^ (h >> 15u)) * 0xd35a2d97u;
    return h ^ (h >> 15u);
  }
  fn foldKey(key : u32, coordinate : i32) -> u32 {
    return mix32(mix32(key ^ 0x9e3779b9u) + u32(coordinate));
  }
  fn dropFactor(rowKey : u32, column : i32) -> f32 {
    let word = mix32(rowKey + u32(column) * 0x9e3779b1u);
    return select(uniforms.keep, 0.0, word <= uniforms.dropLimit);
  }
`;

/** Uniforms that {@link random} reads. Undefined where nothing would be dropped. */
export function dropoutUniforms(
  dropoutKey: DropoutKey | undefined,
): Readonly<Record<string, UniformValue>> | undefined {
  const threshold = dropoutKey === undefined ? 0 : dropThreshold(dropoutKey.probability);
  if (dropoutKey === undefined || threshold === 0) return undefined;
  return {
    dropKey: u32(dropoutKey.key),
    firstExample: i32(dropoutKey.firstExample ?? 0),
    dropLimit: u32(threshold - 1),
    keep: f32(1 / (1 - dropoutKey.probability)),
  };
}

/**
 * A mask of dropout on `[rows, features]`, as WGSL; 1 without dropout. Its programs have the uniform `length`, tokens of an
 * example, and a variable `firstRow`: a workgroup makes the keys of its rows once, and not one for every element.
 */
export interface DropoutMask {
  readonly key: string;
  readonly uniforms: Readonly<Record<string, UniformValue>>;
  /** Functions, before `main`. */
  readonly source: string;
  /** Has the lanes make the keys of `count` rows from `firstRow` on, which {@link DropoutMask.factor} reads. */
  readonly prepare: string;
  /** " * the factor" of a column in the row at a place of these. */
  readonly factor: (place: string, column: string) => string;
}

/**
 * The mask of a key.
 *
 * @param count rows of a workgroup
 */
export function dropoutMask(dropoutKey: DropoutKey | undefined, count: number): DropoutMask {
  const uniforms = dropoutUniforms(dropoutKey);
  if (uniforms === undefined) return { key: "", uniforms: {}, source: "", prepare: "", factor: () => "" };
  return {
    key: " dropped",
    uniforms,
    source: `
      ${random}
      var<workgroup> rowKeys : array<u32, ${count}>;
      fn rowKeyOf(row : i32) -> u32 {
        let example = foldKey(uniforms.dropKey, uniforms.firstExample + row / uniforms.length);
        return foldKey(example, row % uniforms.length);
      }`,
    prepare: `
      for (var i = index % ${lanes}; i < ${count}; i += ${lanes}) { rowKeys[i] = rowKeyOf(firstRow + i); }
      workgroupBarrier();`,
    factor: (at, column) => ` * dropFactor(rowKeys[${at}], ${column})`,
  };
}
