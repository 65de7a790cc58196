export { availableMemory, availableMemoryGuard, hasRoomFor } from "./available-memory.ts";
export { checkOutputFile, checkOutputFolder } from "./check-output.ts";
export { fileCheckpointStore } from "./checkpoint-store.ts";
export { outputError } from "./file-error.ts";
export { openFile } from "./file-source.ts";
export { fileOfFolder } from "./folder-file.ts";
export { type FolderLock, isFolderLocked, LOCK_FILE, lockFolder } from "./folder-lock.ts";
export { currentFolder, filesWritten } from "./folder-manifest.ts";
export {
  type DownloadedRepo,
  type DownloadOptions,
  downloadDataset,
  downloadModel,
} from "./hub/download.ts";
export { DATASET_PATTERNS, MODEL_PATTERNS } from "./hub/file-patterns.ts";
export type { HubOptions } from "./hub/settings.ts";
export { missingFolder } from "./missing-folder.ts";
export { type ModelFolder, openModelFolder } from "./model-folder.ts";
export { checkModelOutput } from "./model-output.ts";
export { openSafetensorsFile } from "./open-safetensors-file.ts";
export { type FolderOptions, type OverwriteOption, prepareOutputFolder, writeFolderAtomic } from "./output-folder.ts";
export { type OutputStream, openOutputStream } from "./output-stream.ts";
export { isStandardOutput, type OutputTarget, resolveOutput } from "./output-target.ts";
export { readPeftAdapter, type WritePeftOptions, writePeftAdapter } from "./peft-folder.ts";
export { type ReadJsonOptions, readJsonObject } from "./read-json.ts";
export { readSmallFile } from "./read-small-file.ts";
export { type FileContent, writeFileAtomic, writeFileDurably } from "./write-file.ts";
export { type LazyTensor, type ModelFolderContent, type NotCopied, writeModelFolder } from "./write-model.ts";
export { writeSafetensorsFile } from "./write-safetensors.ts";
