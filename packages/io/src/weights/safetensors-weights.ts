import type { SafetensorsFile } from "../safetensors/open.ts";
import { fileWeights } from "./file-weights.ts";
import type { WeightSource } from "./weight-source.ts";

/**
 * Weights of one safetensors file. Closing the source closes the file.
 *
 * A tensor is found under every name that it has: also under those that `save_model` of safetensors dropped because
 * they share memory, and keeps in `__metadata__`.
 */
export function safetensorsWeights(file: SafetensorsFile): WeightSource {
  return fileWeights([file], file.name);
}
