import { copyFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { encodeSortedJson, type JsonObject } from "../json.ts";
import { ADAPTER_NOTE, type AdapterNote, encodeAdapterNote } from "../peft/note.ts";
import { streamSafetensors } from "../safetensors/encode.ts";
import { FLOAT_DTYPES, type FloatDtype, floatBytes } from "../safetensors/float-bytes.ts";
import { fileError } from "./file-error.ts";
import { type OverwriteOption, writeFolderAtomic } from "./output-folder.ts";
import { writeFileDurably } from "./write-file.ts";

/** A tensor that is made only when its turn to be written comes. */
export interface LazyTensor {
  /** Sizes of the dimensions, outermost first. */
  readonly shape: readonly number[];
  /** Gives the values in row-major order; called once. */
  load(): Float32Array | Promise<Float32Array>;
}

/** What {@link writeModelFolder} writes. */
export interface ModelFolderContent extends OverwriteOption {
  /** Content of `config.json`; its `dtype` (and `torch_dtype`, where present) is set to the type written. */
  readonly config: JsonObject;
  /** Tensors by full name. */
  readonly tensors: ReadonlyMap<string, LazyTensor>;
  /** Element type in the file. Narrower types are rounded to nearest, ties to even. Default `float32`. */
  readonly dtype?: FloatDtype;
  /** Folder whose other files (tokenizer, licence, …) are copied; weights in any format are left out. */
  readonly copyFrom?: string;
  /** What the model says about its training, in `dylora.json`: the prompts and lengths that a merged adapter was made for. */
  readonly note?: AdapterNote;
}

const NOT_COPIED =
  /^\.|\.(safetensors|bin|pt|pth|ckpt|h5|msgpack|ot|onnx|gguf)$|\.index\.json$|^adapter_config\.json$|^dylora\.json$/;

/** Copies the plain files of a model folder that are not weights and that the target does not have. */
async function copyOthers(from: string, to: string): Promise<void> {
  const present = new Set(await readdir(to));
  const entries = await readdir(from, { withFileTypes: true }).catch((cause) => {
    throw fileError(from, cause);
  });
  for (const entry of entries) {
    // Files of the hub's cache are links to its blobs.
    const plain = entry.isFile() || entry.isSymbolicLink();
    if (plain && !NOT_COPIED.test(entry.name) && !present.has(entry.name)) {
      await copyFile(join(from, entry.name), join(to, entry.name));
    }
  }
}

/**
 * Writes full weights, for instance merged ones, as a Hugging Face model folder with one `model.safetensors`.
 *
 * Tensors are made, written and let go one at a time, so memory stays flat. The folder appears as a whole or not at
 * all.
 *
 * @throws `ResourceError` `output_not_empty` unless `overwrite`, `output_unwritable`; `ShapeError` `tensor_shape`
 * when a tensor's values do not fill its shape.
 */
export async function writeModelFolder(dir: string, content: ModelFolderContent): Promise<void> {
  const { config, tensors, dtype = "float32", copyFrom, note, overwrite = false } = content;
  const specs = [...tensors].map(([name, { shape }]) => ({ name, shape, dtype: FLOAT_DTYPES[dtype] }));
  const load = async ({ name }: { name: string }) => floatBytes(await tensors.get(name)!.load(), dtype);
  const saved = { ...config, dtype, ...("torch_dtype" in config ? { torch_dtype: dtype } : {}) };
  const write = async (staging: string) => {
    await writeFileDurably(join(staging, "config.json"), encodeSortedJson(saved));
    const stream = streamSafetensors(specs, load, { format: "pt" });
    await writeFileDurably(join(staging, "model.safetensors"), stream);
    if (note !== undefined) await writeFileDurably(join(staging, ADAPTER_NOTE), encodeAdapterNote(note));
    if (copyFrom !== undefined) await copyOthers(copyFrom, staging);
  };
  await writeFolderAtomic(dir, write, { overwrite });
}
