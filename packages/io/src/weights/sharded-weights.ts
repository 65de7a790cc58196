import { FormatError } from "@dylora/errors";
import type { JsonObject } from "../json.ts";
import { safeRelativePath } from "../safe-path.ts";
import type { SafetensorsFile } from "../safetensors/open.ts";
import { type WeightSource, weightSource } from "./weight-source.ts";

/**
 * Which file of a sharded checkpoint holds which tensor, from `model.safetensors.index.json`.
 *
 * @param index - The parsed JSON.
 * @param file - What messages call it.
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
 * @param index - Shard name by tensor name; see {@link parseShardIndex}.
 * @param open - Opens one shard. Closing the source closes all of them.
 * @param name - What messages call the whole.
 * @throws `FormatError` `bad_shard_index` when a shard lacks a tensor that the index promises; whatever `open`
 * throws. Shards opened before are closed again.
 */
export async function shardedWeights(
  index: ReadonlyMap<string, string>,
  open: (shard: string) => Promise<SafetensorsFile>,
  name: string,
): Promise<WeightSource> {
  const files = new Map<string, SafetensorsFile>();
  const close = async () => {
    await Promise.all([...files.values()].map((file) => file.close()));
  };
  try {
    for (const shard of new Set(index.values())) files.set(shard, await open(shard));
    for (const [tensor, shard] of index) {
      if (files.get(shard)!.tensors.has(tensor)) continue;
      const message = `${name}: the index promises "${tensor}" in ${shard}, which does not hold it`;
      throw new FormatError("bad_shard_index", message, { details: { tensor, shard } });
    }
  } catch (error) {
    await close();
    throw error;
  }
  const fileOf = (tensor: string) => files.get(index.get(tensor)!)!;
  return weightSource({
    name,
    names: () => index.keys(),
    shape: (tensor) => (index.has(tensor) ? fileOf(tensor).tensors.get(tensor)!.shape : undefined),
    fileOf: (tensor) => fileOf(tensor).name,
    read: (tensor) => fileOf(tensor).readFloat32(tensor),
    close,
  });
}
