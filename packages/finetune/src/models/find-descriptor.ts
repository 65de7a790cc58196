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
 * Finds who opens a model: a descriptor that was given, or else the family of ours that its `model_type` names.
 *
 * @param config content of `config.json`
 * @param given families that are none of ours, or that open a model in place of ours
 * @throws FormatError `bad_model_config` for a `model_type` that nobody opens
 */
export async function findDescriptor(
  config: Readonly<Record<string, unknown>>,
  given: readonly ModelDescriptor[] = [],
): Promise<ModelDescriptor> {
  const type = config["model_type"];
  if (typeof type === "string") {
    const theirs = given.find(({ modelTypes }) => modelTypes.includes(type));
    if (theirs !== undefined) return theirs;
    const ours = Object.hasOwn(known, type) ? known[type] : undefined;
    if (ours !== undefined) return ours();
  }
  const types = [...Object.keys(known), ...given.flatMap(({ modelTypes }) => modelTypes)];
  throw new FormatError(
    "bad_model_config",
    `config.json: model_type is ${showValue(type)}; dylora loads ${types.join(", ")}; for another family give 'model' the package that describes it`,
  );
}
