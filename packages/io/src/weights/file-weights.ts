import type { SafetensorsFile } from "../safetensors/open.ts";
import { type WeightSource, weightSource } from "./weight-source.ts";

/** A tensor in one of the files. */
interface Place {
  readonly file: SafetensorsFile;
  readonly tensor: string;
}

/**
 * Where each tensor lies. Of a name in several files the last counts, as for transformers.
 *
 * `save_model` of safetensors writes tensors that share memory once, and puts the names it dropped into `__metadata__`,
 * each with the name that stayed.
 */
function placesIn(files: readonly SafetensorsFile[]): Map<string, Place> {
  const places = new Map<string, Place>();
  for (const file of files) for (const tensor of file.tensors.keys()) places.set(tensor, { file, tensor });
  for (const file of files) {
    for (const [dropped, tensor] of Object.entries(file.metadata)) {
      if (file.tensors.has(tensor) && !places.has(dropped)) places.set(dropped, { file, tensor });
    }
  }
  return places;
}

/**
 * Weights of some safetensors files together. Closing the source closes them.
 *
 * @param name what messages call the whole
 * @param promised file name by tensor name, of an index; it only explains why a tensor is missing
 */
export function fileWeights(
  files: readonly SafetensorsFile[],
  name: string,
  promised: ReadonlyMap<string, string> = new Map(),
): WeightSource {
  const places = placesIn(files);
  const place = (tensor: string) => places.get(tensor) as Place;
  return weightSource({
    name,
    names: () => places.keys(),
    shape(tensor) {
      const found = places.get(tensor);
      return found?.file.tensors.get(found.tensor)?.shape;
    },
    fileOf: (tensor) => place(tensor).file.name,
    read: (tensor) => place(tensor).file.readFloat32(place(tensor).tensor),
    whyMissing(tensor) {
      const shard = promised.get(tensor);
      return shard === undefined ? undefined : `its index promises it in ${shard}, which does not hold it`;
    },
    async close() {
      await Promise.all(files.map((file) => file.close()));
    },
  });
}
