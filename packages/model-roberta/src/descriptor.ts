import type { ModelDescriptor } from "@dylora/lora-core";
import { maxLength, parseRobertaConfig, type RobertaConfig } from "./config.ts";
import { loadRoberta, robertaWeights } from "./roberta.ts";
import { classificationParameters, PROJECTION, sequenceClassification } from "./sequence-classification.ts";
import { encoderSites, layerPath } from "./sites.ts";

/** Class of transformers for each model type. */
const classes = {
  roberta: "RobertaForSequenceClassification",
  "xlm-roberta": "XLMRobertaForSequenceClassification",
  camembert: "CamembertForSequenceClassification",
} as const;

const WORDS = "roberta.embeddings.word_embeddings.weight";

/** Names of the tensors of a sequence classifier. */
function tensorNames(config: RobertaConfig): string[] {
  const tables = ["position", "token_type"].map((name) => `roberta.embeddings.${name}_embeddings.weight`);
  const norms = Array.from({ length: config.layers }, (_, layer) =>
    ["attention.output", "output"].map((name) => `${layerPath(layer)}.${name}.LayerNorm`),
  );
  const sites = encoderSites(config).map(({ path }) => path);
  const modules = [...sites, ...norms.flat(), "roberta.embeddings.LayerNorm"];
  const head = classificationParameters(config, 1).map(({ name }) => name);
  return [WORDS, ...tables, ...modules.flatMap((module) => [`${module}.weight`, `${module}.bias`]), ...head];
}

/**
 * RoBERTa, XLM-RoBERTa and CamemBERT as sequence classifiers, for everything that opens models by their `config.json`.
 *
 * @example
 * ```ts
 * import { descriptor } from "@dylora/model-roberta";
 *
 * const { maxLength, outline } = descriptor.parse({ model_type: "roberta", max_position_embeddings: 514 });
 * console.log(maxLength, outline(2).defaultTargets); // 512 [ 'query', 'value' ]
 * ```
 */
export const descriptor: ModelDescriptor = {
  contract: 1,
  modelTypes: Object.keys(classes),
  parse(json) {
    const config = parseRobertaConfig(json);
    const name = json["model_type"] as keyof typeof classes;
    return {
      name,
      purpose: "classification",
      transformersClass: classes[name],
      vocabSize: config.vocabSize,
      maxLength: maxLength(config),
      padTokenId: config.padTokenId,
      labels: config.labels,
      problemType: config.problemType,
      projection: PROJECTION,
      prefix: "roberta.",
      tables: { input: WORDS, tied: false },
      named: robertaWeights,
      outline: (outputs) => ({
        architecture: "roberta",
        sites: encoderSites(config),
        defaultTargets: ["query", "value"],
        head: classificationParameters(config, outputs),
      }),
      load: (weights, { outputs = 1, classes, seed = 0 } = {}) =>
        loadRoberta({ config: json, weights, head: sequenceClassification(classes ?? outputs), seed }),
      merged: () => ({ tensors: new Map(tensorNames(config).map((name) => [name, name])) }),
    };
  },
};
