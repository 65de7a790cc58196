import type { JsonObject } from "@dylora/io";
import { loadGpt2, parseGpt2Config } from "@dylora/model-gpt2";
import type { Architecture } from "./architecture.ts";

const PREFIX = "transformer.";
const OUTPUT = "lm_head.weight";

/** Causal masks, which old checkpoints hold as tensors. */
const masks = /\.attn\.(masked_)?bias$/;

/**
 * GPT-2.
 *
 * @throws FormatError `bad_model_config`
 */
export function gpt2Architecture(json: JsonObject): Architecture {
  const config = parseGpt2Config(json);
  return {
    name: "gpt2",
    purpose: "generation",
    taskType: "CAUSAL_LM",
    vocabSize: config.vocabSize,
    maxLength: config.maxPositions,
    padTokenId: config.eosTokenIds[0] ?? 0,
    labels: undefined,
    problemType: undefined,
    load: (weights) => loadGpt2({ config: json, weights }),
    merged: {
      config: () => ({ ...json, architectures: ["GPT2LMHeadModel"] }),
      nameOf(stored) {
        if (masks.test(stored)) return undefined;
        if (stored === OUTPUT) return config.tiedOutput ? undefined : OUTPUT;
        return stored.startsWith(PREFIX) ? stored : PREFIX + stored;
      },
    },
  };
}
