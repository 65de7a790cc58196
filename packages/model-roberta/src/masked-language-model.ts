import {
  type FrozenMatrixSpec,
  freezeMatrix,
  frozenLinear,
  gelu,
  layerNorm,
  readLinear,
  readNorm,
  readVector,
  unembed,
} from "@dylora/tensor";
import type { RobertaHead } from "./head.ts";

/**
 * The head of `RobertaForMaskedLM`, frozen: dense, activation, normalisation, and an output layer that is the token table
 * unless `tie_word_embeddings` is false, or the file holds two that differ. Logits `[size * length, vocabulary]`.
 */
export function maskedLanguageModel(): RobertaHead {
  const load: RobertaHead = async ({ weights, config, embeddings, output, stack }) => {
    const { hiddenSize, vocabSize, epsilon, gelu: form } = config;
    const head = weights.at("lm_head");
    const spec = (outFeatures: number): FrozenMatrixSpec => ({ inFeatures: hiddenSize, outFeatures, layout: "out-in" });
    const dense = await readLinear(head, "dense", spec(hiddenSize), stack);
    const norm = await readNorm(head, "layer_norm", hiddenSize, stack);
    // One tensor under two names in torch; a file holds either. Where it holds two, transformers adds the decoder's.
    const bias = await readVector(head, head.has("decoder.bias") ? "decoder.bias" : "bias", vocabSize, stack);
    const decoder = output === undefined ? undefined : stack.use(freezeMatrix(output, spec(vocabSize)));
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
  return Object.assign(load, { tiesWords: true });
}
