export { openFile } from "./file-source.ts";
export { openSafetensorsFile } from "./open-safetensors-file.ts";
