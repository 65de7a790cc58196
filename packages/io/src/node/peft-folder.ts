import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { FormatError } from "@dylora/errors";
import {
  ADAPTER_CONFIG,
  ADAPTER_PICKLE,
  ADAPTER_WEIGHTS,
  type LoadedPeftAdapter,
  type PeftAdapter,
} from "../peft/adapter.ts";
import { ADAPTER_NOTE } from "../peft/adapter-note.ts";
import { assemblePeftAdapter, withNote } from "../peft/decode.ts";
import { encodePeftAdapter } from "../peft/encode.ts";
import type { OpenSafetensorsOptions } from "../safetensors/open.ts";
import { pickleRefused } from "../safetensors/pickle.ts";
import { fileError } from "./file-error.ts";
import { fileOfFolder } from "./folder-file.ts";
import { currentFolder } from "./folder-manifest.ts";
import { listFolder } from "./model-folder.ts";
import { modelOutput } from "./model-output.ts";
import { openSafetensorsFile } from "./open-safetensors-file.ts";
import { type OverwriteOption, writeFolderAtomic } from "./output-folder.ts";
import { readJsonObject } from "./read-json.ts";
import { copyTokenizer } from "./tokenizer-files.ts";
import { writeFileDurably } from "./write-file.ts";

/**
 * Reads a PEFT LoRA folder: `adapter_config.json` and `adapter_model.safetensors`, and `dylora.json` where dylora
 * wrote it.
 *
 * @throws `FormatError` `file_missing` or `not_a_folder` for the folder, `incomplete_export`, `peft_file_missing`,
 * `pickle_refused` when only `adapter_model.bin` is there, `peft_unsupported` naming the field, `outside_folder` for a link
 * that leads out of the folder, and as `decodePeftAdapter`.
 */
export async function readPeftAdapter(path: string, options?: OpenSafetensorsOptions): Promise<LoadedPeftAdapter> {
  const dir = await currentFolder(path);
  const files = await listFolder(dir);
  for (const name of [ADAPTER_CONFIG, ADAPTER_WEIGHTS]) {
    if (files.includes(name)) continue;
    if (name === ADAPTER_WEIGHTS && files.includes(ADAPTER_PICKLE)) throw pickleRefused(resolve(dir, ADAPTER_PICKLE));
    throw new FormatError("peft_file_missing", `${dir} has no ${name}`, { details: { dir, name } });
  }
  const config = await readJsonObject(await fileOfFolder(dir, ADAPTER_CONFIG));
  const weights = await openSafetensorsFile(await fileOfFolder(dir, ADAPTER_WEIGHTS), options);
  try {
    const adapter = await assemblePeftAdapter(config, weights, dir);
    const note = await fileOfFolder(dir, ADAPTER_NOTE);
    return withNote(adapter, files.includes(ADAPTER_NOTE) ? await readNote(note) : undefined, note);
  } finally {
    await weights.close();
  }
}

const readNote = (path: string): Promise<Uint8Array> =>
  readFile(path).catch((cause) => {
    throw fileError(path, cause);
  });

/** How {@link writePeftAdapter} writes. */
export interface WritePeftOptions extends OverwriteOption {
  /** Folder whose tokenizer is copied beside the adapter, where it is another than the base model's. */
  readonly tokenizerFrom?: string;
}

/**
 * Writes an adapter as a PEFT folder that Python's `PeftModel.from_pretrained` loads; see `encodePeftAdapter`.
 * The folder appears as a whole or not at all.
 *
 * @returns names in the folder that are somebody else's and stayed.
 * @throws `ResourceError` `output_not_empty` unless `overwrite`, `output_foreign`, `output_unwritable`; and as
 * `encodePeftAdapter`, before anything is written.
 *
 * @example
 * ```ts
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { readPeftAdapter, writePeftAdapter } from "@dylora/io/node";
 *
 * const dir = join(await mkdtemp(join(tmpdir(), "export-")), "rank-1");
 * const A = { shape: [1, 2], data: Float32Array.of(1, 2) };
 * const B = { shape: [2, 1], data: Float32Array.of(3, 4) };
 * const config = { r: 1, lora_alpha: 16, target_modules: ["query"] };
 * await writePeftAdapter(dir, { config, tensors: new Map([["encoder.query", { A, B }]]), modulesToSave: new Map() });
 * console.log((await readPeftAdapter(dir)).tensors.size);
 * ```
 */
export async function writePeftAdapter(
  dir: string,
  adapter: PeftAdapter,
  options: WritePeftOptions = {},
): Promise<readonly string[]> {
  const files = encodePeftAdapter(adapter);
  const write = async (staging: string) => {
    for (const [name, bytes] of files) await writeFileDurably(join(staging, name), bytes);
    if (options.tokenizerFrom !== undefined) await copyTokenizer(options.tokenizerFrom, staging);
  };
  return writeFolderAtomic(dir, write, { ...modelOutput, overwrite: options.overwrite ?? false });
}
