export { gelu } from "./activation.ts";
export { attention, type ReferenceAttention } from "./attention.ts";
export {
  type ReferenceBlock,
  type ReferenceBlockWeights,
  type ReferenceNorm,
  type ReferenceSite,
  transformerBlock,
} from "./block.ts";
export { embedding } from "./embedding.ts";
export { erf } from "./erf.ts";
export { finiteDifferences } from "./finite-differences.ts";
export { layerNorm } from "./layer-norm.ts";
export { linear, loraDelta, loraLinear, type ReferenceLinear, type ReferenceLora } from "./linear.ts";
export { meanSquaredError, softmaxCrossEntropy } from "./losses.ts";
export { at, beside, columns, type Matrix, matrix, matrixFrom, multiply, scaleEach, sum, transpose } from "./matrix.ts";
