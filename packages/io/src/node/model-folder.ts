import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { FormatError } from "@dylora/errors";
import type { JsonObject } from "../json.ts";
import type { OpenSafetensorsOptions } from "../safetensors/open.ts";
import { pickleRefused } from "../safetensors/pickle.ts";
import { safetensorsWeights } from "../weights/safetensors-weights.ts";
import { parseShardIndex, shardedWeights } from "../weights/sharded-weights.ts";
import type { WeightSource } from "../weights/weight-source.ts";
import { fileError } from "./file-error.ts";
import { fileOfFolder } from "./folder-file.ts";
import { currentFolder } from "./folder-manifest.ts";
import { missingFolder } from "./missing-folder.ts";
import { openSafetensorsFile } from "./open-safetensors-file.ts";
import { readJsonObject } from "./read-json.ts";

/** An open Hugging Face model folder. */
export interface ModelFolder {
  /** Path of the folder. */
  readonly dir: string;
  /** Content of `config.json`, not yet checked. */
  readonly config: JsonObject;
  /** Content of `generation_config.json`, not yet checked; undefined where there is none. */
  readonly generationConfig: JsonObject | undefined;
  /** The weights; close them after the last read. A model may read them again to merge an adapter. */
  readonly weights: WeightSource;
  /** Names of all files and folders in it, sorted: `tokenizer.json`, `merges.txt`, … */
  readonly files: readonly string[];
  /** Closes the weights. A model may read them again to merge an adapter. */
  close(): Promise<void>;
  /** The same, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

const SINGLE = "model.safetensors";
const INDEX = "model.safetensors.index.json";
const PICKLES = ["pytorch_model.bin", "pytorch_model.bin.index.json"];

/** Names in a folder, sorted. */
export async function listFolder(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch((cause) => {
    if (cause.code === "ENOTDIR") {
      throw new FormatError("not_a_folder", `${dir} is a file, not a folder`, { cause, details: { dir } });
    }
    throw cause.code === "ENOENT" ? missingFolder(dir, cause) : fileError(dir, cause);
  });
  return names.sort();
}

async function openWeights(
  dir: string,
  files: readonly string[],
  options: OpenSafetensorsOptions | undefined,
): Promise<WeightSource> {
  const open = async (name: string) => openSafetensorsFile(await fileOfFolder(dir, name), options);
  if (files.includes(SINGLE)) return safetensorsWeights(await open(SINGLE));
  if (files.includes(INDEX)) {
    const index = parseShardIndex(await readJsonObject(await fileOfFolder(dir, INDEX)), join(dir, INDEX));
    return shardedWeights(index, open, dir);
  }
  const pickle = PICKLES.find((name) => files.includes(name));
  if (pickle) throw pickleRefused(resolve(dir, pickle));
  throw new FormatError("weights_missing", `${dir} has neither ${SINGLE} nor ${INDEX}`, { details: { dir } });
}

/**
 * Opens a model folder in the layout of Hugging Face: `config.json` with `model.safetensors`, or with shards and
 * `model.safetensors.index.json`. Only headers are read; tensors follow on demand.
 *
 * @param options limits and memory guard for the weight files
 * @throws `FormatError` `file_missing` or `not_a_folder` for the folder, `incomplete_export`, `config_missing`,
 * `weights_missing`, `pickle_refused` when only `pytorch_model.bin` is there, `bad_json`, `bad_shard_index`, `unsafe_path`,
 * `outside_folder` for a link that leads out of the folder, and as
 * {@link openSafetensorsFile}.
 *
 * @example
 * ```ts
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { openModelFolder, writeModelFolder } from "@dylora/io/node";
 *
 * const dir = join(await mkdtemp(join(tmpdir(), "model-")), "tiny");
 * const bias = { shape: [2], load: () => Float32Array.of(1, 2) };
 * await writeModelFolder(dir, { config: { model_type: "roberta" }, tensors: new Map([["lm_head.bias", bias]]) });
 * const { config, weights } = await openModelFolder(dir);
 * console.log(config.model_type, await weights.at("lm_head").read("bias", [2]));
 * await weights.close(); // or open the folder by `await using folder = …`
 * ```
 */
export async function openModelFolder(path: string, options?: OpenSafetensorsOptions): Promise<ModelFolder> {
  const dir = await currentFolder(path);
  const files = await listFolder(dir);
  if (!files.includes("config.json")) {
    const hint = files.includes("adapter_config.json") ? "; it is an adapter, give the folder of its base model" : "";
    throw new FormatError("config_missing", `${dir} has no config.json${hint}`, { details: { dir } });
  }
  const read = async (name: string) => readJsonObject(await fileOfFolder(dir, name));
  const config = await read("config.json");
  const generation = "generation_config.json";
  const generationConfig = files.includes(generation) ? await read(generation) : undefined;
  const weights = await openWeights(dir, files, options);
  const close = () => weights.close();
  return { dir, config, generationConfig, weights, files, close, [Symbol.asyncDispose]: close };
}
