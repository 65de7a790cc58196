import { FormatError, isWhole, showValue, wholeNumber } from "@dylora/errors";

/** What of BERT's `config.json` decides its shape and arithmetic. */
export interface BertConfig {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly intermediateSize: number;
  readonly maxPositions: number;
  readonly typeVocabSize: number;
  readonly padTokenId: number;
  readonly epsilon: number;
  readonly dropout: number;
  readonly attentionDropout: number;
  readonly labels: readonly string[] | undefined;
}

/**
 * Reads a configuration, with transformers' defaults.
 *
 * @throws FormatError `bad_model_config`
 */
export function parseBertConfig(json: Readonly<Record<string, unknown>>): BertConfig {
  const bad = (name: string, right: string) =>
    new FormatError("bad_model_config", `config.json: ${name} is ${showValue(json[name])}; it must be ${right}`);
  const whole = (name: string, otherwise: number, min = 1): number => {
    const value = json[name] ?? otherwise;
    if (isWhole(value, { min })) return value;
    throw bad(name, wholeNumber({ min }));
  };
  const number = (name: string, otherwise: number): number => {
    const value = json[name] ?? otherwise;
    if (typeof value === "number" && value >= 0) return value;
    throw bad(name, "a number of at least 0");
  };
  if ((json["hidden_act"] ?? "gelu") !== "gelu") throw bad("hidden_act", "gelu");
  const names = Object.entries((json["id2label"] ?? {}) as Readonly<Record<string, string>>);
  return {
    vocabSize: whole("vocab_size", 30522),
    hiddenSize: whole("hidden_size", 768),
    layers: whole("num_hidden_layers", 12),
    heads: whole("num_attention_heads", 12),
    intermediateSize: whole("intermediate_size", 3072),
    maxPositions: whole("max_position_embeddings", 512),
    typeVocabSize: whole("type_vocab_size", 2),
    padTokenId: whole("pad_token_id", 0, 0),
    epsilon: number("layer_norm_eps", 1e-12),
    dropout: number("hidden_dropout_prob", 0.1),
    attentionDropout: number("attention_probs_dropout_prob", 0.1),
    labels: names.length === 0 ? undefined : names.sort(([a], [b]) => Number(a) - Number(b)).map(([, name]) => name),
  };
}
