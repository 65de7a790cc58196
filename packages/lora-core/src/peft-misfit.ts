import { ConfigError } from "@dylora/errors";
import { kindOf } from "./select-targets.ts";
import type { AdaptableSite } from "./site.ts";

/** What tells for which class of transformers an adapter was made: parameters that only its head has. */
const heads: readonly (readonly [RegExp, string])[] = [
  [/^qa_outputs\./, "question answering (…ForQuestionAnswering)"],
  [/^(lm_head|cls)\./, "language modelling (…ForMaskedLM, …LMHeadModel)"],
  [/^score\./, "sequence classification with a decoder (…ForSequenceClassification with a head called score)"],
  [/^classifier\.(weight|bias)$/, "token classification or multiple choice (…ForTokenClassification)"],
  [/^classifier\./, "sequence classification (…ForSequenceClassification)"],
  [/^(.*\.)?pooler\./, "a bare encoder with its pooler"],
];

const wrappers = /^(_orig_mod|module|_fsdp_wrapped_module)\./;

/** The error for an adapter that does not fit its base model. */
export function misfit(adapter: string, message: string, details: Readonly<Record<string, unknown>> = {}): ConfigError {
  return new ConfigError("adapter_mismatch", `${adapter} does not fit the base model: ${message}`, { details });
}

const layerNumber = (path: string): number | undefined => {
  const found = /\.(\d+)\./.exec(path);
  return found === null ? undefined : Number(found[1]);
};

const withoutNumbers = (path: string): string => path.replaceAll(/\.\d+(?=\.)/g, ".#");

/** Ends of paths that stand for themselves in a message: a few, then how many more. */
const some = (names: readonly string[]): string => {
  const distinct = [...new Set(names)];
  return distinct.length <= 6
    ? distinct.join(", ")
    : `${distinct.slice(0, 6).join(", ")} and ${distinct.length - 6} more`;
};

/** Says why pairs have no place in a model, by the likeliest cause. */
export function explainLost(lost: readonly string[], sites: readonly AdaptableSite[], model: string): string {
  const known = new Set(sites.map(({ path }) => withoutNumbers(path)));
  const isKnown = (name: string) =>
    [...known].some((path) => path === withoutNumbers(name) || path.endsWith(`.${withoutNumbers(name)}`));
  const deeper = lost.filter(isKnown);
  if (deeper.length > 0) {
    const has = new Set(sites.map(({ path }) => layerNumber(path) ?? 0)).size;
    const missing = [...new Set(deeper.map((name) => layerNumber(name) ?? layerNumber(`.${name}`)))];
    const listed = missing.length > 6 ? `${missing.slice(0, 6).join(", ")}, …` : missing.join(", ");
    return (
      `it has pairs on layer ${listed}, and this base has ${has === 1 ? "1 layer" : `${has} layers`} (numbered from 0): ` +
      "it was made for a larger model. Give the base it was trained on, which adapter_config.json may name " +
      "(base_model_name_or_path)"
    );
  }
  const wrapped = lost.find((name) => wrappers.test(name));
  if (wrapped !== undefined) {
    const wrapper = wrappers.exec(wrapped)?.[1];
    return (
      `its modules begin with "${wrapper}.", since the model was saved inside torch.compile, DataParallel or FSDP: PEFT ` +
      "loads no pair of such a file. Save the model that is wrapped"
    );
  }
  const kinds = some(lost.map(kindOf));
  const places = some(sites.map(({ path }) => kindOf(path)));
  return (
    `it has pairs on ${kinds}, and this ${model} has no such layer (it has: ${places}): it was made for another ` +
    "architecture or task. Give the base it was trained on"
  );
}

/** What PEFT saves whole of a base model: token and position tables, norms. */
const OF_THE_BASE = /(^|\.)(wte|wpe|(word|position|token_type)_embeddings|ln_\w+|LayerNorm)\./;

/** Says why a whole parameter has no place in a model. */
export function explainParameter(name: string, head: readonly string[], model: string): string {
  const isOutput = head.length === 0 && /^lm_head\./.test(name);
  if (isOutput || OF_THE_BASE.test(name)) {
    return (
      `it saves ${name}, a part of the base model and not of this ${model}'s head: load the model from ` +
      "overlayWeights(weights, …) of @dylora/io with such tensors in place, and leave them out of modulesToSave " +
      "(docs/peft.md: what a folder may bring besides pairs)"
    );
  }
  const made = heads.find(([pattern]) => pattern.test(name))?.[1];
  const has = head.length === 0 ? "none" : head.join(", ");
  const cause =
    made === undefined ? "it may have been made for another architecture or task" : `it was made for ${made}`;
  return `it saves ${name}, which is no parameter of this ${model}'s head (it has: ${has}): ${cause}`;
}
