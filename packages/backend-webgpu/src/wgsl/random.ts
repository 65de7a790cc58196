import { type DropoutPlace, dropThreshold } from "@dylora/tensor";
import { f32, i32, type UniformValue, u32 } from "../program.ts";

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
export function dropoutUniforms(place: DropoutPlace | undefined): Readonly<Record<string, UniformValue>> | undefined {
  const threshold = place === undefined ? 0 : dropThreshold(place.probability);
  if (place === undefined || threshold === 0) return undefined;
  return {
    dropKey: u32(place.key),
    firstExample: i32(place.firstExample ?? 0),
    dropLimit: u32(threshold - 1),
    keep: f32(1 / (1 - place.probability)),
  };
}
