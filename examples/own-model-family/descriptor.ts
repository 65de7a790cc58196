// A family of models in one folder. `dylora train --model ./descriptor.ts --base folder …` opens its models, and so does
// every other command. Published as a package it is `--model my-package`.
import type { ModelDescriptor } from "@dylora/lora-core";
import { bertWeights, loadBert } from "./bert.ts";
import { type BertConfig, parseBertConfig } from "./config.ts";
import { headOf, layerPath, sitesOf } from "./sites.ts";

const WORDS = "bert.embeddings.word_embeddings.weight";

/** Every tensor of BertForSequenceClassification. */
function tensorNames(config: BertConfig): string[] {
  const tables = ["position", "token_type"].map((name) => `bert.embeddings.${name}_embeddings.weight`);
  const norms = Array.from({ length: config.layers }, (_, layer) =>
    ["attention.output", "output"].map((name) => `${layerPath(layer)}.${name}.LayerNorm`),
  );
  const sites = sitesOf(config).map(({ path }) => path);
  const parts = [...sites, ...norms.flat(), "bert.embeddings.LayerNorm", "classifier"];
  return [WORDS, ...tables, ...parts.flatMap((module) => [`${module}.weight`, `${module}.bias`])];
}

/** BERT as a sequence classifier. */
export const descriptor: ModelDescriptor = {
  contract: 1,
  modelTypes: ["bert"],
  parse(json) {
    const config = parseBertConfig(json);
    return {
      name: "bert",
      purpose: "classification",
      transformersClass: "BertForSequenceClassification",
      vocabSize: config.vocabSize,
      maxLength: config.maxPositions,
      padTokenId: config.padTokenId,
      labels: config.labels,
      problemType: config.problemType,
      projection: "classifier",
      prefix: "bert.",
      tables: { input: WORDS, tied: false },
      named: bertWeights,
      outline: (outputs) => ({
        architecture: "bert",
        sites: sitesOf(config),
        defaultTargets: ["query", "value"],
        head: headOf(config, outputs),
      }),
      load: (weights, { outputs = 1, seed = 0 } = {}) => loadBert(weights, config, outputs, seed),
      merged: () => ({ tensors: new Map(tensorNames(config).map((name) => [name, name])) }),
    };
  },
};
