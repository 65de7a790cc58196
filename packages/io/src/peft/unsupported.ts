import { FormatError, showValue } from "@dylora/errors";
import type { JsonObject } from "../json.ts";

/** Starting values that leave the base weights as they are; the others (PiSSA, OLoRA, LoftQ, …) change them. */
const SAFE_INITS: readonly unknown[] = [undefined, null, true, false, "gaussian", "eva", "orthogonal"];

const isSet = (value: unknown) => {
  if (value === undefined || value === null || value === false) return false;
  return typeof value !== "object" || Object.keys(value).length > 0;
};

const UNSUPPORTED: Readonly<Record<string, string>> = {
  enable_lora: "pairs on parts of a merged layer, as loralib and PEFT before 0.3 had them, are not supported",
  use_dora: "DoRA adapters have a magnitude besides A and B",
  lora_bias: "a bias on B is not supported",
  use_qalora: "QA-LoRA pools the input in groups",
  use_bdlora: "block-diagonal LoRA is another shape",
  alora_invocation_tokens: "activated LoRA works from a given token on",
  arrow_config: "Arrow routes between adapters",
  kasa_config: "KaSA has singular values besides A and B",
  monteclora_config: "MonteCLoRA samples its weights",
  velora_config: "VeLoRA is another method",
  layer_replication: "it builds another base model",
  target_parameters: "adapters on bare parameters are not supported",
  trainable_token_indices: "trained tokens are not supported",
};

/**
 * Refuses an adapter configuration that asks for more than plain LoRA, because loading it as plain LoRA would give
 * wrong numbers silently.
 *
 * @throws `FormatError` `peft_unsupported` naming the field.
 */
export function refuseUnsupported(config: JsonObject, file: string): void {
  const refuse = (field: string, reason: string): never => {
    const value = showValue(config[field]);
    throw new FormatError("peft_unsupported", `${file}: field "${field}" is ${value}: ${reason}`, {
      details: { file, field },
    });
  };
  if (config.peft_type !== "LORA") refuse("peft_type", 'only "LORA" adapters are read');
  for (const [field, reason] of Object.entries(UNSUPPORTED)) {
    if (isSet(config[field])) refuse(field, reason);
  }
  if ((config.bias ?? "none") !== "none") refuse("bias", 'trained biases are not supported, only "none"');
  if (!SAFE_INITS.includes(config.init_lora_weights)) {
    refuse(
      "init_lora_weights",
      "this start changes the base weights; save the adapter with path_initial_model_for_weight_conversion, " +
        "which turns it into plain LoRA",
    );
  }
}
