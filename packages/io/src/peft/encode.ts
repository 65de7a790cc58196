import { ConfigError } from "@dylora/errors";
import { encodeSortedJson } from "../json.ts";
import { encodeSafetensors } from "../safetensors/encode.ts";
import type { TensorData } from "../tensor-data.ts";
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS, PEFT_PREFIX, type PeftAdapter } from "./adapter.ts";
import { ADAPTER_NOTE, encodeAdapterNote } from "./adapter-note.ts";
import { checkPairs } from "./check-pairs.ts";
import { PEFT_LORA_DEFAULTS, parsePeftConfig } from "./config.ts";
import { modelCard } from "./model-card.ts";

/** The PEFT version whose format is written. */
const PEFT_VERSION = "0.21.0";

/**
 * The files of a PEFT folder: `adapter_config.json`, `adapter_model.safetensors`, a model card `README.md`,
 * and `dylora.json` where the adapter has a note.
 *
 * The configuration gets every field that PEFT 0.21 writes, sorted, `inference_mode` true. Fields that are not given take
 * PEFT's defaults. Ranks of the pairs must be those of the configuration: `toPeft` of `@dylora/lora-core` cuts a DyLoRA
 * adapter to a rank so.
 *
 * @returns Bytes by file name; the same input gives the same bytes.
 * @throws `ShapeError` `peft_pair_shape` or `peft_rank_mismatch`, `ConfigError` `peft_empty` for an adapter without
 * pairs, `FormatError` `peft_config_invalid` or `peft_unsupported`.
 */
export function encodePeftAdapter({ config, tensors, modulesToSave, note }: PeftAdapter): Map<string, Uint8Array> {
  const { config: checked } = parsePeftConfig({ peft_type: "LORA", ...config });
  if (tensors.size === 0) throw new ConfigError("peft_empty", "an adapter without a single A and B cannot be exported");
  checkPairs(tensors, checked, "adapter");
  const saved = { ...PEFT_LORA_DEFAULTS, ...checked, peft_version: PEFT_VERSION };
  const weights = new Map<string, TensorData>();
  for (const [path, { A, B }] of tensors) {
    weights.set(`${PEFT_PREFIX}${path}.lora_A.weight`, A);
    weights.set(`${PEFT_PREFIX}${path}.lora_B.weight`, B);
  }
  for (const [name, tensor] of modulesToSave) weights.set(PEFT_PREFIX + name, tensor);
  return new Map([
    [ADAPTER_CONFIG, encodeSortedJson({ ...saved, inference_mode: true })],
    [ADAPTER_WEIGHTS, encodeSafetensors(weights, { format: "pt" })],
    ["README.md", new TextEncoder().encode(modelCard(saved, note))],
    ...(note === undefined ? [] : [[ADAPTER_NOTE, encodeAdapterNote(note)] as const]),
  ]);
}
