import { FormatError, showValue } from "@dylora/errors";
import type { JsonObject } from "@dylora/io";
import type { Architecture } from "./architecture.ts";

type Opener = (json: JsonObject, generationConfig: JsonObject | undefined) => Promise<Architecture>;

const openRoberta: Opener = async (json) => (await import("./roberta.ts")).robertaArchitecture(json);
const openGpt2: Opener = async (json, generation) => (await import("./gpt2.ts")).gpt2Architecture(json, generation);

/** By `model_type`. A model's package is imported when such a model is opened. */
const openers: Readonly<Record<string, Opener>> = {
  roberta: openRoberta,
  "xlm-roberta": openRoberta,
  camembert: openRoberta,
  gpt2: openGpt2,
};

/**
 * Reads what a folder says about a model.
 *
 * @param json content of `config.json`
 * @param generationConfig content of `generation_config.json`, where there is one
 * @throws FormatError `bad_model_config` for an architecture that dylora does not load, or a field that is wrong
 */
export async function readArchitecture(json: JsonObject, generationConfig?: JsonObject): Promise<Architecture> {
  const type = json["model_type"];
  const open = typeof type === "string" && Object.hasOwn(openers, type) ? openers[type] : undefined;
  if (open !== undefined) return open(json, generationConfig);
  throw new FormatError(
    "bad_model_config",
    `config.json: model_type is ${showValue(type)}; dylora loads ${Object.keys(openers).join(", ")}`,
  );
}
