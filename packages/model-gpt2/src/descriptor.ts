import type { ModelDescriptor } from "@dylora/lora-core";
import { type Gpt2Config, maxLength, parseGpt2Config } from "./config.ts";
import { type Gpt2, gpt2Weights, loadGpt2 } from "./gpt2.ts";
import { decoderSites, layerPath } from "./sites.ts";

const [TOKENS, OUTPUT] = ["transformer.wte.weight", "lm_head.weight"];

/** Names of the tensors of the model with its output layer, but for the token table. */
function tensorNames(config: Gpt2Config): string[] {
  const norms = Array.from({ length: config.layers }, (_, layer) =>
    ["ln_1", "ln_2"].map((name) => `${layerPath(layer)}.${name}`),
  );
  const modules = [...decoderSites(config).map(({ path }) => path), ...norms.flat(), "transformer.ln_f"];
  const inner = modules.flatMap((module) => [`${module}.weight`, `${module}.bias`]);
  return ["transformer.wpe.weight", ...inner, ...(config.tiedOutput ? [] : [OUTPUT])];
}

/**
 * GPT-2 as a model that generates text, for everything that opens models by their `config.json`.
 *
 * @example
 * ```ts
 * import { descriptor } from "@dylora/model-gpt2";
 *
 * const { maxLength, outline } = descriptor.parse({ model_type: "gpt2" });
 * console.log(maxLength, outline(0).defaultTargets); // 1024 [ 'c_attn' ]
 * ```
 */
export const descriptor: ModelDescriptor = {
  contract: 1,
  modelTypes: ["gpt2"],
  parse(json, generationConfig) {
    const config = parseGpt2Config(json);
    return {
      name: "gpt2",
      purpose: "generation",
      transformersClass: "GPT2LMHeadModel",
      vocabSize: config.vocabSize,
      maxLength: maxLength(config),
      padTokenId: config.eosTokenIds[0] ?? 0,
      eosTokenIds: config.eosTokenIds,
      labels: undefined,
      problemType: undefined,
      projection: undefined,
      prefix: "transformer.",
      tables: { input: TOKENS, output: OUTPUT, tied: config.tiedOutput },
      named: gpt2Weights,
      outline: () => ({ architecture: "gpt2", sites: decoderSites(config), defaultTargets: ["c_attn"], head: [] }),
      load: (weights) => loadGpt2({ config: json, generationConfig, weights }),
      merged(model, weights) {
        // What the files hold against their configuration, any reader of the result must know.
        const loaded = (model as Gpt2).config;
        const table = weights.has(TOKENS) ? TOKENS : OUTPUT;
        return {
          tensors: new Map([[TOKENS, table], ...tensorNames(loaded).map((name) => [name, name] as const)]),
          ...(loaded.tiedOutput ? {} : { config: { tie_word_embeddings: false } }),
        };
      },
    };
  },
};
