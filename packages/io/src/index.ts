export { type ByteSource, bytesFromArray, bytesFromBlob } from "./byte-source.ts";
export { type CheckpointStoreOptions, memoryCheckpointStore } from "./checkpoint/memory-store.ts";
export type { Checkpoint, CheckpointStore, LoadedCheckpoint } from "./checkpoint/store.ts";
export { DTYPE_BYTES, type Dtype } from "./dtype.ts";
export { isHubName } from "./hub-name.ts";
export { encodeSortedJson, type JsonObject, type JsonValue, parseJsonObject } from "./json.ts";
export { jsonExcess } from "./json-bounds.ts";
export { refuseLfsPointer } from "./lfs-pointer.ts";
export { fixedMemoryGuard, formatBytes, MAX_ARRAY_BYTES, type MemoryGuard } from "./memory-guard.ts";
export {
  ADAPTER_CONFIG,
  ADAPTER_WEIGHTS,
  type LoadedPeftAdapter,
  type PeftAdapter,
  type PeftPair,
} from "./peft/adapter.ts";
export {
  ADAPTER_NOTE,
  type AdapterNote,
  encodeAdapterNote,
  type NotedBase,
  type NotedScore,
  parseAdapterNote,
} from "./peft/adapter-note.ts";
export {
  type ParsedPeftConfig,
  PEFT_LORA_DEFAULTS,
  type PeftLoraConfig,
  type PeftLoraFields,
  parsePeftConfig,
} from "./peft/config.ts";
export { decodePeftAdapter } from "./peft/decode.ts";
export { encodePeftAdapter } from "./peft/encode.ts";
export { alphaFor, type PeftScaling, rankFor, scaleFor } from "./peft/patterns.ts";
export type { Progress } from "./progress.ts";
export { safeRelativePath } from "./safe-path.ts";
export {
  encodeSafetensors,
  layoutSafetensors,
  type SafetensorsLayout,
  type SafetensorsMetadata,
  safetensorsParts,
  streamSafetensors,
  type TensorSpec,
} from "./safetensors/encode.ts";
export { FLOAT_DTYPES, type FloatDtype, floatBytes } from "./safetensors/float-bytes.ts";
export type { SafetensorsEntry } from "./safetensors/header.ts";
export { DEFAULT_SAFETENSORS_LIMITS, type SafetensorsLimits } from "./safetensors/limits.ts";
export { type OpenSafetensorsOptions, openSafetensors, type SafetensorsFile } from "./safetensors/open.ts";
export { elementCount, type NumericArray, type TensorData } from "./tensor-data.ts";
export { memoryWeights } from "./weights/memory-weights.ts";
export { type ModelNames, namedAs } from "./weights/named-as.ts";
export { overlayWeights } from "./weights/overlay-weights.ts";
export { safetensorsWeights } from "./weights/safetensors-weights.ts";
export { parseShardIndex, shardedWeights } from "./weights/sharded-weights.ts";
export { readTiedTables, type TiedNames, type TiedTables } from "./weights/tied-tables.ts";
export { type TensorStore, type WeightSource, weightSource } from "./weights/weight-source.ts";
