import type { JsonObject, WeightSource } from "@dylora/io";
import { blockSitesOf, type Gpt2, gpt2Weights, loadGpt2, parseGpt2Config } from "@dylora/model-gpt2";
import { type Architecture, type MergedLayout, saying, weightAndBias } from "./architecture.ts";

const [TOKENS, OUTPUT] = ["transformer.wte.weight", "lm_head.weight"];

function mergedLayout(json: JsonObject, { config, sites }: Gpt2, weights: WeightSource): MergedLayout {
  const norms = Array.from({ length: config.layers }, (_, layer) =>
    ["ln_1", "ln_2"].map((n) => `transformer.h.${layer}.${n}`),
  );
  const modules = [...sites.map(({ path }) => path), ...norms.flat(), "transformer.ln_f"];
  const names = ["transformer.wpe.weight", ...modules.flatMap(weightAndBias), ...(config.tiedOutput ? [] : [OUTPUT])];
  return {
    // What the files hold against their configuration, any reader of the result must know.
    config: () => ({
      ...json,
      architectures: ["GPT2LMHeadModel"],
      ...(config.tiedOutput ? {} : { tie_word_embeddings: false }),
    }),
    tensors: new Map([[TOKENS, weights.has(TOKENS) ? TOKENS : OUTPUT], ...names.map((name) => [name, name] as const)]),
  };
}

/**
 * GPT-2.
 *
 * @throws FormatError `bad_model_config`
 */
export function gpt2Architecture(json: JsonObject, generationConfig?: JsonObject): Architecture {
  const config = parseGpt2Config(json);
  return {
    name: "gpt2",
    purpose: "generation",
    taskType: "CAUSAL_LM",
    vocabSize: config.vocabSize,
    named: gpt2Weights,
    maxLength: config.maxPositions,
    padTokenId: config.eosTokenIds[0] ?? 0,
    labels: undefined,
    problemType: undefined,
    prefix: "transformer.",
    tables: { input: TOKENS, output: OUTPUT, tied: config.tiedOutput },
    from: (other) => gpt2Architecture(other, generationConfig),
    outline: () => ({ architecture: "gpt2", sites: blockSitesOf(config), defaultTargets: ["c_attn"], head: [] }),
    load: (weights, { note }) => saying(loadGpt2({ config: json, generationConfig, weights }), note),
    merged: (model, weights) => mergedLayout(json, model as Gpt2, weights),
  };
}
