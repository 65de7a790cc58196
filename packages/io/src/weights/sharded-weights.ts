import { FormatError } from "@dylora/errors";
import type { JsonObject } from "../json.ts";
import { safeRelativePath } from "../safe-path.ts";
import type { SafetensorsFile } from "../safetensors/open.ts";
import { fileWeights } from "./file-weights.ts";
import type { WeightSource } from "./weight-source.ts";

/**
 * Which file of a sharded checkpoint holds which tensor, from `model.safetensors.index.json`.
 *
 * @param index the parsed JSON
 * @param file what messages call it
 * @returns Shard file name by tensor name.
 * @throws `FormatError` `bad_shard_index`, or `unsafe_path` for a shard outside the folder.
 */
export function parseShardIndex(index: JsonObject, file: string): Map<string, string> {
  const map = index.weight_map;
  if (typeof map !== "object" || map === null || Array.isArray(map)) {
    throw new FormatError("bad_shard_index", `${file} has no object "weight_map"`, { details: { file } });
  }
  const entries = Object.entries(map).map(([name, shard]): [string, string] => {
    if (typeof shard === "string") return [name, safeRelativePath(shard, file)];
    throw new FormatError("bad_shard_index", `${file}: weight_map "${name}" is not a file name`, { details: { file } });
  });
  return new Map(entries);
}

/**
 * Weights that lie in several safetensors files. All headers are read at once; tensors on demand.
 *
 * As for transformers, the index only names the files: what they hold beyond it is there too, and a tensor that it
 * promises and no file holds, such as a tied output layer, matters only to a model that reads it.
 *
 * @param index shard name by tensor name; see {@link parseShardIndex}
 * @param open opens one shard. Closing the source closes all of them.
 * @param name what messages call the whole
 * @throws Whatever `open` throws. Shards opened before are closed again.
 */
export async function shardedWeights(
  index: ReadonlyMap<string, string>,
  open: (shard: string) => Promise<SafetensorsFile>,
  name: string,
): Promise<WeightSource> {
  const files: SafetensorsFile[] = [];
  try {
    for (const shard of [...new Set(index.values())].sort()) files.push(await open(shard));
  } catch (error) {
    await Promise.all(files.map((file) => file.close()));
    throw error;
  }
  return fileWeights(files, name, index);
}
