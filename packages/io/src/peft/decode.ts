import { FormatError } from "@dylora/errors";
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
  type LoraPairData,
  PEFT_PREFIX,
} from "./adapter.ts";
import { checkPairs } from "./check-pairs.ts";
import { parsePeftConfig } from "./config.ts";

const PAIR_KEY = /^(.+)\.lora_([AB])\.weight$/;
const FOREIGN_KEY = /\.lora_|\.modules_to_save\.|\.original_module\.|\.base_layer\./;

/**
 * Makes an adapter of the two files of a PEFT folder.
 *
 * @param config - Parsed `adapter_config.json`.
 * @param weights - Open `adapter_model.safetensors`; it stays open.
 * @throws `FormatError` `peft_unsupported`, `peft_config_invalid`, `peft_key_unknown` or `peft_pair_incomplete`;
 * `ShapeError` `peft_pair_shape` or `peft_rank_mismatch`; and as {@link SafetensorsFile.readFloat32}.
 */
export async function assemblePeftAdapter(config: JsonObject, weights: SafetensorsFile): Promise<LoadedPeftAdapter> {
  const parsed = parsePeftConfig(config);
  const file = weights.name;
  const halves = new Map<string, Partial<Record<"A" | "B", TensorData>>>();
  const modulesToSave = new Map<string, TensorData>();
  for (const [key, { shape }] of weights.tensors) {
    if (!key.startsWith(PEFT_PREFIX)) {
      throw new FormatError("peft_key_unknown", `${file}: tensor "${key}" does not begin with "${PEFT_PREFIX}"`, {
        details: { file, key },
      });
    }
    const name = key.slice(PEFT_PREFIX.length);
    const [, path, letter] = PAIR_KEY.exec(name) ?? [];
    if (path === undefined && FOREIGN_KEY.test(name)) {
      const message = `${file}: tensor "${key}" is neither lora_A.weight, lora_B.weight nor a whole parameter; embedding, DoRA and bias adapters are not supported`;
      throw new FormatError("peft_key_unknown", message, { details: { file, key } });
    }
    const tensor = { shape, data: await weights.readFloat32(key) };
    if (path === undefined) modulesToSave.set(name, tensor);
    else halves.set(path, { ...halves.get(path), [letter as "A" | "B"]: tensor });
  }
  const tensors = new Map([...halves].map(([path, pair]) => [path, completePair(path, pair, file)]));
  checkPairs(tensors, parsed.config, file);
  const announced = parsed.config.modules_to_save ?? [];
  const surprising = [...modulesToSave.keys()].filter((name) => !announced.some((part) => isInside(name, part)));
  const warnings = surprising.map((name) => `${file}: parameter "${name}" is not announced by modules_to_save`);
  return { config: parsed.config, tensors, modulesToSave, warnings: [...parsed.warnings, ...warnings] };
}

/** True when a module named `part` (one or more dotted segments) contains the parameter `name`. */
function isInside(name: string, part: string): boolean {
  return `.${name}`.includes(`.${part}.`);
}

function completePair(path: string, { A, B }: Partial<LoraPairData>, file: string): LoraPairData {
  if (A && B) return { A, B };
  const missing = A ? "lora_B" : "lora_A";
  throw new FormatError("peft_pair_incomplete", `${file}: "${path}" has no ${missing}.weight`, {
    details: { file, path, missing },
  });
}

/**
 * Reads a PEFT adapter from the files of its folder, wherever they come from: an unzipped upload, a download.
 *
 * @param files - `adapter_config.json` and `adapter_model.safetensors` by name; others are ignored.
 * @throws `FormatError` `peft_file_missing`, `pickle_refused` when only `adapter_model.bin` is there, `bad_json`,
 * `peft_unsupported`, `peft_config_invalid`, `peft_key_unknown` or `peft_pair_incomplete`; `ShapeError`
 * `peft_pair_shape` or `peft_rank_mismatch`; and as {@link openSafetensors}.
 *
 * @example
 * ```ts
 * import { decodePeftAdapter, encodePeftAdapter, PEFT_LORA_DEFAULTS } from "@dylora/io";
 *
 * const A = { shape: [1, 2], data: Float32Array.of(1, 2) };
 * const B = { shape: [3, 1], data: Float32Array.of(1, 2, 3) };
 * const config = { ...PEFT_LORA_DEFAULTS, r: 1, target_modules: ["query"] };
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
  return assemblePeftAdapter(config, weights);
}
