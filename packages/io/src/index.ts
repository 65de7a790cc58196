export { type ByteSource, bytesFromArray, bytesFromBlob } from "./byte-source.ts";
export { DTYPE_BYTES, type Dtype } from "./dtype.ts";
export { fixedMemoryGuard, formatBytes, MAX_ARRAY_BYTES, type MemoryGuard } from "./memory-guard.ts";
export {
  encodeSafetensors,
  layoutSafetensors,
  type SafetensorsLayout,
  type SafetensorsMetadata,
  safetensorsParts,
  streamSafetensors,
  type TensorSpec,
} from "./safetensors/encode.ts";
export type { SafetensorsEntry } from "./safetensors/header.ts";
export { DEFAULT_SAFETENSORS_LIMITS, type SafetensorsLimits } from "./safetensors/limits.ts";
export { type OpenSafetensorsOptions, openSafetensors, type SafetensorsFile } from "./safetensors/open.ts";
export { elementCount, type NumericArray, type TensorData } from "./tensor-data.ts";
export { memoryWeights } from "./weights/memory-weights.ts";
export { safetensorsWeights } from "./weights/safetensors-weights.ts";
export { type TensorStore, type WeightSource, weightSource } from "./weights/weight-source.ts";
