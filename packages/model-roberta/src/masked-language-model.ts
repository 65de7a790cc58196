import { freezeMatrix, frozenLinear, gelu, layerNorm, unembed } from "@dylora/tensor";
import { readLinear, readMatrix, readNorm, readVector } from "./frozen-weights.ts";
import type { RobertaHead } from "./head.ts";

/**
 * The head of `RobertaForMaskedLM`, frozen: dense, activation, normalisation, and an output layer that is tied to the
 * token table unless `tie_word_embeddings` is false. Logits `[size * length, vocabulary]`.
 */
export const maskedLanguageModel: RobertaHead = async ({ weights, config, embeddings, own }) => {
  const { hiddenSize, vocabSize, epsilon, gelu: form, tiedEmbeddings } = config;
  const head = weights.at("lm_head");
  const dense = await readLinear(head, "dense", [hiddenSize, hiddenSize], own);
  const norm = await readNorm(head.at("layer_norm"), hiddenSize, own);
  // One tensor under two names in torch; a file holds either.
  const bias = await readVector(head, head.has("bias") ? "bias" : "decoder.bias", vocabSize, own);
  const spec = { inFeatures: hiddenSize, outFeatures: vocabSize, layout: "out-in" } as const;
  const decoder = tiedEmbeddings
    ? undefined
    : own(freezeMatrix(await readMatrix(head, "decoder", [vocabSize, hiddenSize]), spec));
  return {
    parameters: [],
    forward(hidden) {
      const active = gelu(frozenLinear(hidden, dense), form);
      const normalised = layerNorm(active, norm.gamma, norm.beta, epsilon);
      return decoder === undefined
        ? unembed(normalised, embeddings.words, bias)
        : frozenLinear(normalised, { weight: decoder, bias });
    },
  };
};
