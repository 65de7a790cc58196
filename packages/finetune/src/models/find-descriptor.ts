import { FormatError, showValue } from "@dylora/errors";
import type { ModelDescriptor } from "@dylora/lora-core";

const roberta = async (): Promise<ModelDescriptor> => (await import("@dylora/model-roberta")).descriptor;
const gpt2 = async (): Promise<ModelDescriptor> => (await import("@dylora/model-gpt2")).descriptor;

/** By `model_type`. A model's package is imported when such a model is opened. */
const known: Readonly<Record<string, () => Promise<ModelDescriptor>>> = {
  roberta,
  "xlm-roberta": roberta,
  camembert: roberta,
  gpt2,
};

/**
 * Finds who opens a model: the descriptor that was given, or else the family of ours that its `model_type` names.
 *
 * @param config content of `config.json`
 * @param given a family that is none of ours, or one to open the model with in place of ours
 * @throws FormatError `bad_model_config` for a `model_type` that nobody opens
 */
export async function findDescriptor(
  config: Readonly<Record<string, unknown>>,
  given?: ModelDescriptor,
): Promise<ModelDescriptor> {
  const type = config["model_type"];
  if (typeof type === "string") {
    if (given?.modelTypes.includes(type)) return given;
    const ours = given === undefined && Object.hasOwn(known, type) ? known[type] : undefined;
    if (ours !== undefined) return ours();
  }
  const loaded =
    given === undefined
      ? `dylora loads ${Object.keys(known).join(", ")}`
      : `the model package that was given loads ${given.modelTypes.join(", ")}`;
  throw new FormatError("bad_model_config", `config.json: model_type is ${showValue(type)}; ${loaded}`);
}
