import type { JsonObject, WeightSource } from "@dylora/io";
import type { LazyTensor } from "@dylora/io/node";
import { type Adapter, weightDeltas } from "@dylora/lora-core";
import type { Head } from "../adapters/head.ts";

/** Class of transformers for each model type. */
const architectures: Readonly<Record<string, string>> = {
  roberta: "RobertaForSequenceClassification",
  "xlm-roberta": "XLMRobertaForSequenceClassification",
  camembert: "CamembertForSequenceClassification",
};

/**
 * The base's configuration as that of a sequence classifier.
 *
 * @param config content of the base's `config.json`
 */
export function classifierConfig(config: JsonObject, { outputs, kind, labels }: Head): JsonObject {
  const names = labels ?? Array.from({ length: outputs }, (_, id) => `LABEL_${id}`);
  const shown = kind === "regression" ? ["LABEL_0"] : names;
  return {
    ...config,
    architectures: [architectures[String(config["model_type"])] ?? architectures["roberta"]],
    id2label: Object.fromEntries(shown.map((name, id) => [String(id), name])),
    label2id: Object.fromEntries(shown.map((name, id) => [name, id])),
    problem_type: kind === "regression" ? "regression" : "single_label_classification",
  };
}

/** Tensors of a checkpoint that a sequence classifier has no place for, by name below the encoder or at the root. */
const notOurs = /^(lm_head\.|classifier\.|pooler\.|cls\.)|(^|\.)position_ids$/;

const PREFIX = "roberta.";

/**
 * The tensors of a classifier with an adapter folded in at a rank. Each one is made when its turn to be written comes.
 *
 * @param weights of the base, still open
 */
export function mergedTensors(weights: WeightSource, adapter: Adapter, rank: number): Map<string, LazyTensor> {
  const deltas = weightDeltas(adapter, rank);
  const tensors = new Map<string, LazyTensor>();
  for (const stored of weights.names()) {
    const inner = stored.startsWith(PREFIX) ? stored.slice(PREFIX.length) : stored;
    if (notOurs.test(inner)) continue;
    const name = PREFIX + inner;
    const shape = weights.shape(stored);
    tensors.set(name, {
      shape,
      async load() {
        const values = await weights.read(stored, shape);
        const delta = name.endsWith(".weight") ? deltas.get(name.slice(0, -".weight".length)) : undefined;
        return delta === undefined ? values : values.map((value, index) => value + (delta[index] as number));
      },
    });
  }
  for (const { name, shape, kind } of adapter.parameters.entries) {
    if (kind === "full") tensors.set(name, { shape, load: () => adapter.parameters.get(name).slice() });
  }
  return tensors;
}
