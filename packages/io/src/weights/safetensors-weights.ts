import type { SafetensorsFile } from "../safetensors/open.ts";
import { type WeightSource, weightSource } from "./weight-source.ts";

/** Weights of one safetensors file. Closing the source closes the file. */
export function safetensorsWeights(file: SafetensorsFile): WeightSource {
  return weightSource({
    name: file.name,
    names: () => file.tensors.keys(),
    shape: (name) => file.tensors.get(name)?.shape,
    fileOf: () => file.name,
    read: (name) => file.readFloat32(name),
    close: () => file.close(),
  });
}
