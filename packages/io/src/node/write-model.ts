import { copyFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { encodeSortedJson, type JsonObject } from "../json.ts";
import { formatBytes } from "../memory-guard.ts";
import { ADAPTER_NOTE, type AdapterNote, encodeAdapterNote } from "../peft/adapter-note.ts";
import { streamSafetensors } from "../safetensors/encode.ts";
import { FLOAT_DTYPES, type FloatDtype, floatBytes } from "../safetensors/float-bytes.ts";
import { fileError } from "./file-error.ts";
import { leadsOut } from "./folder-file.ts";
import { modelOutput } from "./model-output.ts";
import { type OverwriteOption, writeFolderAtomic } from "./output-folder.ts";
import { copyTokenizer, isTokenizerFile } from "./tokenizer-files.ts";
import { writeFileDurably } from "./write-file.ts";

/** A tensor that is made only when its turn to be written comes. */
export interface LazyTensor {
  /** Sizes of the dimensions, outermost first. */
  readonly shape: readonly number[];
  /** Gives the values in row-major order; called once. */
  load(): Float32Array | Promise<Float32Array>;
}

/** A file beside the weights that was left out of a copy. */
export interface NotCopied {
  /** Its name. */
  readonly name: string;
  /** Why, in words. */
  readonly reason: string;
}

/** What {@link writeModelFolder} writes. */
export interface ModelFolderContent extends OverwriteOption {
  /** Content of `config.json`; its `dtype` (and `torch_dtype`, where present) is set to the type written. */
  readonly config: JsonObject;
  /** Tensors by full name. */
  readonly tensors: ReadonlyMap<string, LazyTensor>;
  /** Element type in the file. Narrower types are rounded to nearest, ties to even. Default `float32`. */
  readonly dtype?: FloatDtype;
  /**
   * Folder whose other files (tokenizer, licence, …) are copied. Weights in any format are left out, and what a run or an
   * adapter left there; so are, with a reason, links that lead out of the folder and files above 128 MiB.
   */
  readonly copyFrom?: string;
  /** What the model says about its training, in `dylora.json`: the prompts and lengths that a merged adapter was made for. */
  readonly note?: AdapterNote;
  /** Folder whose tokenizer is copied in place of that of `copyFrom`: an adapter's that brings its own. */
  readonly tokenizerFrom?: string;
}

/** Weights in any format, what belongs to an adapter or to another run, and hidden files. */
const NOT_COPIED = [
  /^\./,
  /\.(safetensors|bin|pt|pth|pkl|pickle|ckpt|h5|hdf5|msgpack|ot|onnx|gguf|ggml|tflite|mlmodel|npy|npz|data|index)$/i,
  /\.index\.json$/,
  /^(adapter_config|dylora|run|trainer_state|optimizer|all_results|train_results|eval_results)\.json$/,
];

/** Largest side file: the largest tokenizers take some 35 MB. */
const LARGEST_COPIED = 128 << 20;

/** Why a file is not copied though it is no weight; undefined for one that is. */
async function notCopied(from: string, name: string): Promise<string | undefined> {
  if (await leadsOut(from, name)) return "a link that leads out of the folder";
  const stats = await stat(join(from, name)).catch(() => undefined);
  if (stats === undefined) return "a link that leads nowhere";
  if (!stats.isFile()) return "not a file";
  return stats.size > LARGEST_COPIED ? `larger than ${formatBytes(LARGEST_COPIED)}` : undefined;
}

/** Copies the plain files of a model folder that are not weights and that the target does not have. */
async function copyOthers(from: string, to: string, isLeftOut: (name: string) => boolean): Promise<NotCopied[]> {
  const present = new Set(await readdir(to));
  const entries = await readdir(from, { withFileTypes: true }).catch((cause) => {
    throw fileError(from, cause);
  });
  const left: NotCopied[] = [];
  for (const entry of entries) {
    const { name } = entry;
    // Files of the hub's cache are links to its blobs.
    const plain = entry.isFile() || entry.isSymbolicLink();
    if (!plain || present.has(name) || isLeftOut(name) || NOT_COPIED.some((pattern) => pattern.test(name))) continue;
    const reason = await notCopied(from, name);
    if (reason === undefined) await copyFile(join(from, name), join(to, name));
    else left.push({ name, reason });
  }
  return left;
}

/**
 * Writes full weights, for instance merged ones, as a Hugging Face model folder with one `model.safetensors`.
 *
 * Tensors are made, written and let go one at a time, so memory stays flat. The folder appears as a whole or not at
 * all.
 *
 * @returns The files of `copyFrom` that were left out though they are no weights.
 * @throws `ResourceError` `output_not_empty` unless `overwrite`, `output_foreign`, `output_unwritable`; `ShapeError`
 * `tensor_shape` when a tensor's values do not fill its shape.
 */
export async function writeModelFolder(dir: string, content: ModelFolderContent): Promise<readonly NotCopied[]> {
  const { config, tensors, dtype = "float32", copyFrom, tokenizerFrom, note, overwrite = false } = content;
  const specs = [...tensors].map(([name, { shape }]) => ({ name, shape, dtype: FLOAT_DTYPES[dtype] }));
  const load = async ({ name }: { name: string }) => floatBytes(await tensors.get(name)!.load(), dtype);
  const saved = { ...config, dtype, ...("torch_dtype" in config ? { torch_dtype: dtype } : {}) };
  let left: readonly NotCopied[] = [];
  const write = async (staging: string) => {
    await writeFileDurably(join(staging, "config.json"), encodeSortedJson(saved));
    const stream = streamSafetensors(specs, load, { format: "pt" });
    await writeFileDurably(join(staging, "model.safetensors"), stream);
    if (note !== undefined) await writeFileDurably(join(staging, ADAPTER_NOTE), encodeAdapterNote(note));
    if (tokenizerFrom !== undefined) await copyTokenizer(tokenizerFrom, staging);
    const isLeftOut = tokenizerFrom === undefined ? () => false : isTokenizerFile;
    if (copyFrom !== undefined) left = await copyOthers(copyFrom, staging, isLeftOut);
  };
  await writeFolderAtomic(dir, write, { ...modelOutput, overwrite });
  return left;
}
