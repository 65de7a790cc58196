import type { JsonObject } from "@dylora/io";
import {
  classificationParameters,
  encoderSites,
  loadRoberta,
  maxLength,
  parseRobertaConfig,
  type Roberta,
  robertaWeights,
  sequenceClassification,
} from "@dylora/model-roberta";
import type { Head } from "../adapters/head.ts";
import { type Architecture, type MergedLayout, saying, weightAndBias } from "./architecture.ts";

/** Class of transformers for each model type. */
const classes: Readonly<Record<string, string>> = {
  roberta: "RobertaForSequenceClassification",
  "xlm-roberta": "XLMRobertaForSequenceClassification",
  camembert: "CamembertForSequenceClassification",
};

/** The base's configuration as that of a sequence classifier. */
function classifierConfig(config: JsonObject, { outputs, problemType, labels }: Head): JsonObject {
  const names = labels ?? Array.from({ length: outputs }, (_, id) => `LABEL_${id}`);
  return {
    ...config,
    architectures: [classes[String(config["model_type"])] ?? classes["roberta"]],
    id2label: Object.fromEntries(names.map((name, id) => [String(id), name])),
    label2id: Object.fromEntries(names.map((name, id) => [name, id])),
    problem_type: problemType,
  };
}

function mergedLayout(json: JsonObject, { config, sites }: Roberta): MergedLayout {
  const tables = ["word", "position", "token_type"].map((name) => `roberta.embeddings.${name}_embeddings.weight`);
  const norms = Array.from({ length: config.layers }, (_, layer) =>
    ["attention.output", "output"].map((name) => `roberta.encoder.layer.${layer}.${name}.LayerNorm`),
  );
  const head = ["classifier.dense", "classifier.out_proj"];
  const modules = [...sites.map(({ path }) => path), ...norms.flat(), "roberta.embeddings.LayerNorm", ...head];
  return {
    config: (head) => (head === undefined ? json : classifierConfig(json, head)),
    tensors: new Map([...tables, ...modules.flatMap(weightAndBias)].map((name) => [name, name])),
  };
}

/**
 * RoBERTa and its kin.
 *
 * @throws FormatError `bad_model_config`
 */
export function robertaArchitecture(json: JsonObject): Architecture {
  const config = parseRobertaConfig(json);
  return {
    name: String(json["model_type"]),
    purpose: "classification",
    taskType: "SEQ_CLS",
    vocabSize: config.vocabSize,
    named: robertaWeights,
    maxLength: maxLength(config),
    padTokenId: config.padTokenId,
    labels: config.labels,
    problemType: config.problemType,
    prefix: "roberta.",
    tables: { input: "roberta.embeddings.word_embeddings.weight", tied: false },
    from: robertaArchitecture,
    outline: (outputs) => ({
      architecture: "roberta",
      sites: encoderSites(config),
      defaultTargets: ["query", "value"],
      head: classificationParameters(config, outputs),
    }),
    load: (weights, { outputs = 1, classes, seed, note }) =>
      saying(loadRoberta({ config: json, weights, head: sequenceClassification(classes ?? outputs), seed }), note),
    merged: (model) => mergedLayout(json, model as Roberta),
  };
}
