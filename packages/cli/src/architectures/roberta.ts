import type { JsonObject } from "@dylora/io";
import { loadRoberta, maxLength, parseRobertaConfig, sequenceClassification } from "@dylora/model-roberta";
import type { Head } from "../adapters/head.ts";
import type { Architecture } from "./architecture.ts";

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

/** Tensors of a checkpoint that a sequence classifier has no place for, by name below the encoder or at the root. */
const notOurs = /^(lm_head\.|classifier\.|pooler\.|cls\.)|(^|\.)position_ids$/;

const PREFIX = "roberta.";

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
    maxLength: maxLength(config),
    padTokenId: config.padTokenId,
    labels: config.labels,
    problemType: config.problemType,
    load: (weights, { outputs = 1, seed }) =>
      loadRoberta({ config: json, weights, head: sequenceClassification(outputs), seed }),
    merged: {
      config: (head) => (head === undefined ? json : classifierConfig(json, head)),
      nameOf(stored) {
        const inner = stored.startsWith(PREFIX) ? stored.slice(PREFIX.length) : stored;
        return notOurs.test(inner) ? undefined : PREFIX + inner;
      },
    },
  };
}
