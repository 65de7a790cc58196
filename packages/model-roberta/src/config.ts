import { FormatError } from "@dylora/errors";
import type { GeluForm } from "@dylora/tensor";

/** What of a Hugging Face `config.json` decides the shape and arithmetic of a RoBERTa. */
export interface RobertaConfig {
  /** Tokens in the vocabulary. */
  readonly vocabSize: number;
  /** Size of a hidden state. */
  readonly hiddenSize: number;
  /** Transformer blocks. */
  readonly layers: number;
  /** Attention heads. */
  readonly heads: number;
  /** Size of the feed-forward layers. */
  readonly intermediateSize: number;
  /** Rows of the position table; the longest input is this less `padTokenId` less 1. */
  readonly maxPositions: number;
  /** Rows of the token type table. */
  readonly typeVocabSize: number;
  /** Id of the padding token; positions count from the one after it. */
  readonly padTokenId: number;
  /** Epsilon of every layer normalisation. */
  readonly epsilon: number;
  /** Form of the activation. */
  readonly gelu: GeluForm;
  /** Dropout on hidden states in training. */
  readonly hiddenDropout: number;
  /** Dropout on attention probabilities in training. */
  readonly attentionDropout: number;
  /** Dropout in the classification head. */
  readonly classifierDropout: number;
  /** Standard deviation of a freshly made head. */
  readonly initializerRange: number;
  /** Names of the classes, by id, where the file has them. */
  readonly labels: readonly string[] | undefined;
}

const geluForms: Readonly<Record<string, GeluForm>> = {
  gelu: "erf",
  gelu_new: "tanh",
  gelu_pytorch_tanh: "tanh",
  gelu_python: "erf",
};

/**
 * Reads a RoBERTa configuration.
 *
 * @param json content of `config.json`
 * @throws FormatError `bad_model_config` naming the field and what would be right
 */
export function parseRobertaConfig(json: unknown): RobertaConfig {
  const fields = (typeof json === "object" && json !== null ? json : {}) as Record<string, unknown>;
  const fail = (message: string): FormatError => new FormatError("bad_model_config", `config.json: ${message}`);
  const types = ["roberta", "xlm-roberta", "camembert"];
  const type = fields["model_type"];
  if (typeof type !== "string" || !types.includes(type)) {
    throw fail(`model_type is ${JSON.stringify(type)}; this package loads ${types.join(", ")}`);
  }
  const whole = (name: string, least: number, otherwise?: number): number => {
    const value = fields[name] ?? otherwise;
    if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
    throw fail(`${name} is ${JSON.stringify(value)}; it must be a whole number of at least ${least}`);
  };
  const number = (name: string, otherwise: number): number => {
    const value = fields[name] ?? otherwise;
    if (typeof value === "number" && value >= 0 && Number.isFinite(value)) return value;
    throw fail(`${name} is ${JSON.stringify(value)}; it must be a number of at least 0`);
  };
  const hiddenSize = whole("hidden_size", 1);
  const heads = whole("num_attention_heads", 1);
  if (hiddenSize % heads !== 0) throw fail(`num_attention_heads ${heads} does not divide hidden_size ${hiddenSize}`);
  const activation = fields["hidden_act"] ?? "gelu";
  const gelu = geluForms[String(activation)];
  if (gelu === undefined)
    throw fail(`hidden_act ${JSON.stringify(activation)} is none of ${Object.keys(geluForms).join(", ")}`);
  const positions = fields["position_embedding_type"] ?? "absolute";
  if (positions !== "absolute") throw fail(`position_embedding_type "${positions}" is not supported, only "absolute"`);
  const hiddenDropout = number("hidden_dropout_prob", 0.1);
  const names = fields["id2label"] as Record<string, string> | undefined;
  return {
    vocabSize: whole("vocab_size", 1),
    hiddenSize,
    layers: whole("num_hidden_layers", 1),
    heads,
    intermediateSize: whole("intermediate_size", 1),
    maxPositions: whole("max_position_embeddings", 3),
    typeVocabSize: whole("type_vocab_size", 1, 1),
    padTokenId: whole("pad_token_id", 0, 1),
    epsilon: number("layer_norm_eps", 1e-5),
    gelu,
    hiddenDropout,
    attentionDropout: number("attention_probs_dropout_prob", 0.1),
    classifierDropout: number("classifier_dropout", hiddenDropout),
    initializerRange: number("initializer_range", 0.02),
    labels: names === undefined ? undefined : Object.keys(names).map((_, id) => names[id] ?? `LABEL_${id}`),
  };
}

/** Longest input the position table allows, special tokens included. */
export function maxLength({ maxPositions, padTokenId }: RobertaConfig): number {
  return maxPositions - padTokenId - 1;
}
