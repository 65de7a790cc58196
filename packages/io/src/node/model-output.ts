import type { FolderOptions, OverwriteOption } from "./output-folder.ts";
import { checkFolderAtomic } from "./output-folder.ts";

/**
 * How model and adapter folders are written. Whoever loads one looks for its configuration first. A weight file or a
 * configuration of somebody else beside ours would be loaded with it, or in its place; their README or licence stays.
 */
export const modelOutput: Required<Pick<FolderOptions, "entries" | "conflicts" | "yields">> = {
  yields: true,
  entries: ["adapter_config.json", "config.json"],
  conflicts:
    /\.(safetensors|bin|pt|pth|ckpt|h5|msgpack|ot|onnx|gguf|model)$|\.index\.json$|^(config|adapter_config|generation_config|dylora|run|compare|tokenizer|tokenizer_config|vocab|added_tokens|special_tokens_map)\.json$|^(merges|vocab)\.txt$/,
};

/**
 * Makes sure, before the work, that `writePeftAdapter` and `writeModelFolder` will be able to write a folder. Changes
 * nothing.
 *
 * @param options `bytes` that will be written, where it is known: a disk with less room is refused
 * @returns names in the folder that are somebody else's and will stay.
 * @throws `ResourceError` `output_not_empty` unless `overwrite`, `output_not_folder`, `output_refused`, `output_foreign`
 * when models or adapters lie there that were not written this way.
 *
 * @example
 * ```ts
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { checkModelOutput } from "@dylora/io/node";
 *
 * const dir = join(await mkdtemp(join(tmpdir(), "export-")), "merged");
 * console.log(await checkModelOutput(dir, { bytes: 1e6 })); // []: nothing is in the way
 * ```
 *
 * @experimental
 */
export async function checkModelOutput(
  dir: string,
  options: OverwriteOption & { readonly bytes?: number } = {},
): Promise<readonly string[]> {
  return checkFolderAtomic(dir, { ...modelOutput, ...options });
}
