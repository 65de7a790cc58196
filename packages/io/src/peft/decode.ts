import { DyloraError, FormatError, showValue } from "@dylora/errors";
import { bytesFromArray } from "../byte-source.ts";
import { type JsonObject, parseJsonObject } from "../json.ts";
import { type OpenSafetensorsOptions, openSafetensors, type SafetensorsFile } from "../safetensors/open.ts";
import { pickleRefused } from "../safetensors/pickle.ts";
import type { TensorData } from "../tensor-data.ts";
import {
  ADAPTER_CONFIG,
  ADAPTER_PICKLE,
  ADAPTER_WEIGHTS,
  type LoadedPeftAdapter,
  PEFT_PREFIX,
  type PeftPair,
} from "./adapter.ts";
import { ADAPTER_NOTE, parseAdapterNote } from "./adapter-note.ts";
import { checkPairs } from "./check-pairs.ts";
import { parsePeftConfig } from "./config.ts";

/** PEFT loads a pair under its own name for it, with the name `default` of the adapter in it, just as under the saved one. */
const PAIR_KEY = /^(.+)\.lora_([AB])(?:\.default)?\.weight$/;

/** Keys that are no part of a plain LoRA adapter as PEFT saves it, and why. */
const FOREIGN_KEYS: readonly (readonly [RegExp, string])[] = [
  [/\.lora_magnitude_vector/, "the magnitude of a DoRA adapter, which is not supported"],
  [/\.lora_embedding_[AB]/, "a pair on an embedding, which is not supported"],
  [/\.lora_[AB](\.[^.]+)?\.bias$/, "a bias on a pair (lora_bias), which is not supported"],
  [
    /\.lora_[AB]\.[^.]+\.weight$/,
    'a pair of an adapter that is not called "default": save it with save_pretrained, which leaves the name out',
  ],
  [
    /\.(modules_to_save|original_module)\./,
    "the inside of a module that modules_to_save names: save the adapter with save_pretrained, not its state_dict",
  ],
  [
    /\.base_layer\./,
    "part of the base model under an adapted layer: save with save_embedding_layers=False and bias none",
  ],
  [/\.lora_/, "neither lora_A.weight nor lora_B.weight"],
];

/**
 * The inside of a module that `modules_to_save` names. PEFT saves it besides the module itself where the vocabulary was
 * resized; it drops the one, and the other lies under the trained module, without effect.
 */
const WRAPPED = /^(.+)\.(?:modules_to_save(?:\.default)?|original_module)\.(.+)$/;

/** Tables that PEFT saves, unannounced, as soon as the vocabulary was resized. */
const TABLE = /(^|\.)(wte|word_embeddings|embed_tokens|lm_head)\.weight$/;

function unknownKey(file: string, key: string, problem: string): FormatError {
  return new FormatError("peft_key_unknown", `${file}: tensor ${showValue(key)} ${problem}`, {
    details: { file, key },
  });
}

/** A parameter that was saved while it lay in pieces on several machines. */
function emptyTensor(file: string, key: string, shape: readonly number[]): FormatError {
  const message =
    `${file}: tensor ${showValue(key)} is empty, shape [${shape.join(", ")}]: the adapter was saved under DeepSpeed ` +
    "ZeRO-3 or FSDP without its parts being gathered. Save it again, gathered: accelerate's unwrap_model and " +
    "get_state_dict, stage3_gather_16bit_weights_on_model_save, or zero_to_fp32.py on the checkpoint";
  return new FormatError("peft_tensor_empty", message, { details: { file, key } });
}

/**
 * Makes an adapter of the two files of a PEFT folder.
 *
 * @param config parsed `adapter_config.json`
 * @param weights open `adapter_model.safetensors`; it stays open
 * @param name what messages call the adapter. Default: the weights file.
 * @throws `FormatError` `peft_unsupported`, `peft_config_invalid`, `peft_key_unknown`, `peft_tensor_empty` or
 * `peft_pair_incomplete`; `ShapeError` `peft_pair_shape` or `peft_rank_mismatch`; and as
 * {@link SafetensorsFile.readFloat32}.
 */
export async function assemblePeftAdapter(
  config: JsonObject,
  weights: SafetensorsFile,
  name: string = weights.name,
): Promise<LoadedPeftAdapter> {
  const parsed = parsePeftConfig(config);
  const file = weights.name;
  const halves = new Map<string, Partial<Record<"A" | "B", string>>>();
  const whole = new Map<string, string>();
  for (const [key, { shape }] of weights.tensors) {
    if (!key.startsWith(PEFT_PREFIX)) throw unknownKey(file, key, `does not begin with "${PEFT_PREFIX}"`);
    const inner = key.slice(PEFT_PREFIX.length);
    const [, path, letter] = PAIR_KEY.exec(inner) ?? [];
    if (shape.includes(0)) throw emptyTensor(file, key, shape);
    if (path === undefined) {
      const [, module, parameter] = WRAPPED.exec(inner) ?? [];
      if (weights.tensors.has(`${PEFT_PREFIX}${module}.${parameter}`)) continue;
      const foreign = FOREIGN_KEYS.find(([pattern]) => pattern.test(inner));
      if (foreign !== undefined) throw unknownKey(file, key, `is ${foreign[1]}`);
      whole.set(inner, key);
      continue;
    }
    const half = { ...halves.get(path) };
    if (half[letter as "A" | "B"] !== undefined) throw unknownKey(file, key, "is there twice, with and without a name");
    halves.set(path, { ...half, [letter as "A" | "B"]: key });
  }
  const read = async (key: string): Promise<TensorData> => {
    const { shape } = weights.tensors.get(key) as { readonly shape: readonly number[] };
    return { shape, data: await weights.readFloat32(key) };
  };
  const tensors = new Map<string, PeftPair>();
  for (const [path, half] of halves) {
    const { A, B } = completePair(path, half, file);
    tensors.set(path, { A: await read(A), B: await read(B) });
  }
  const modulesToSave = new Map<string, TensorData>();
  for (const [inner, key] of whole) modulesToSave.set(inner, await read(key));
  checkPairs(tensors, parsed.config, file);
  const announced = parsed.config.modules_to_save ?? [];
  const isExpected = (inner: string) => TABLE.test(inner) || announced.some((part) => isInside(inner, part));
  const surprising = [...modulesToSave.keys()].filter((inner) => !isExpected(inner));
  const warnings = surprising.map((inner) => `${file}: parameter "${inner}" is not announced by modules_to_save`);
  const lackingModules = announced.filter((part) => ![...modulesToSave.keys()].some((inner) => isInside(inner, part)));
  const { config: full } = parsed;
  return { name, config: full, tensors, modulesToSave, lackingModules, warnings: [...parsed.warnings, ...warnings] };
}

/** True when a module named `part` (one or more dotted segments) contains the parameter `name`. */
function isInside(name: string, part: string): boolean {
  return `.${name}`.includes(`.${part}.`);
}

function completePair(path: string, { A, B }: Partial<Record<"A" | "B", string>>, file: string) {
  if (A !== undefined && B !== undefined) return { A, B };
  const missing = A === undefined ? "lora_A" : "lora_B";
  throw new FormatError("peft_pair_incomplete", `${file}: "${path}" has no ${missing}.weight`, {
    details: { file, path, missing },
  });
}

/** Adds what `dylora.json` says, where it is there; a warning where it cannot be read. */
export function withNote(adapter: LoadedPeftAdapter, bytes: Uint8Array | undefined, file?: string): LoadedPeftAdapter {
  if (bytes === undefined) return adapter;
  try {
    return { ...adapter, note: parseAdapterNote(bytes, file) };
  } catch (error) {
    if (!DyloraError.isInstance(error)) throw error;
    return { ...adapter, warnings: [...adapter.warnings, `${error.message}; it is left out, and class names with it`] };
  }
}

/**
 * Reads a PEFT adapter from the files of its folder, wherever they come from: an unzipped upload, a download.
 *
 * @param files `adapter_config.json`, `adapter_model.safetensors` and perhaps `dylora.json` by name; others are
 * ignored.
 * @throws `FormatError` `peft_file_missing`, `pickle_refused` when only `adapter_model.bin` is there, `bad_json`,
 * `peft_unsupported`, `peft_config_invalid`, `peft_key_unknown`, `peft_tensor_empty` or `peft_pair_incomplete`;
 * `ShapeError` `peft_pair_shape` or `peft_rank_mismatch`; and as {@link openSafetensors}.
 *
 * @example
 * ```ts
 * import { decodePeftAdapter, encodePeftAdapter } from "@dylora/io";
 *
 * const A = { shape: [1, 2], data: Float32Array.of(1, 2) };
 * const B = { shape: [3, 1], data: Float32Array.of(1, 2, 3) };
 * const config = { r: 1, target_modules: ["query"] };
 * const tensors = new Map([["encoder.query", { A, B }]]);
 * const files = encodePeftAdapter({ config, tensors, modulesToSave: new Map() });
 * console.log((await decodePeftAdapter(files)).tensors.get("encoder.query"));
 * ```
 */
export async function decodePeftAdapter(
  files: ReadonlyMap<string, Uint8Array>,
  options?: OpenSafetensorsOptions,
): Promise<LoadedPeftAdapter> {
  const fileOf = (name: string): Uint8Array => {
    const bytes = files.get(name);
    if (bytes) return bytes;
    if (name === ADAPTER_WEIGHTS && files.has(ADAPTER_PICKLE)) throw pickleRefused(ADAPTER_PICKLE);
    throw new FormatError("peft_file_missing", `the adapter has no ${name}`, { details: { name } });
  };
  const config = parseJsonObject(fileOf(ADAPTER_CONFIG), ADAPTER_CONFIG);
  const weights = await openSafetensors(bytesFromArray(fileOf(ADAPTER_WEIGHTS), ADAPTER_WEIGHTS), options);
  return withNote(await assemblePeftAdapter(config, weights), files.get(ADAPTER_NOTE));
}
