import { badModelConfig, configFields, labelsOf, type ProblemType, problemTypeOf } from "@dylora/lora-core";
import type { GeluForm } from "@dylora/tensor";

/** What of a Hugging Face `config.json` decides the shape and arithmetic of a RoBERTa. */
export interface RobertaConfig {
  /** Tokens in the vocabulary: `vocab_size`, default 50265, for XLM-RoBERTa and CamemBERT 30522. */
  readonly vocabSize: number;
  /** Size of a hidden state: `hidden_size`, default 768. */
  readonly hiddenSize: number;
  /** Transformer blocks: `num_hidden_layers`, default 12. */
  readonly layers: number;
  /** Attention heads: `num_attention_heads`, default 12. */
  readonly heads: number;
  /** Size of the feed-forward layers: `intermediate_size`, default 3072. */
  readonly intermediateSize: number;
  /** Rows of the position table: `max_position_embeddings`, default 512; see {@link maxLength} for the longest input. */
  readonly maxPositions: number;
  /** Rows of the token type table: `type_vocab_size`, default 2. Every token has type 0. */
  readonly typeVocabSize: number;
  /** Id of the padding token: `pad_token_id`, default 1; positions count from the one after it. */
  readonly padTokenId: number;
  /** Epsilon of every layer normalisation: `layer_norm_eps`, default 1e-12. */
  readonly epsilon: number;
  /** Form of the activation: `hidden_act`, default `gelu` (erf). */
  readonly gelu: GeluForm;
  /** Dropout on hidden states in training: `hidden_dropout_prob`, default 0.1. */
  readonly hiddenDropout: number;
  /** Dropout on attention probabilities in training: `attention_probs_dropout_prob`, default 0.1. */
  readonly attentionDropout: number;
  /** Dropout in the classification head: `classifier_dropout`, default that on hidden states. */
  readonly classifierDropout: number;
  /** Standard deviation of a head made anew: `initializer_range`, default 0.02. */
  readonly initializerRange: number;
  /** Whether the masked language model's output layer is the token table: `tie_word_embeddings`, default true. */
  readonly tiedEmbeddings: boolean;
  /** Names of the classes by id, from `id2label`; undefined where the file has none. */
  readonly labels: readonly string[] | undefined;
  /** What a classifier's outputs mean: `problem_type`; undefined where the file does not say. */
  readonly problemType: ProblemType | undefined;
}

const modelTypes = ["roberta", "xlm-roberta", "camembert"];

/** Most blocks, ten times those of the deepest models: a number of a thousand million would fill the memory with names. */
const MOST_LAYERS = 10_000;

/**
 * Reads a RoBERTa, XLM-RoBERTa or CamemBERT configuration, with the defaults of transformers' class for it.
 *
 * @param json content of `config.json`
 * @throws FormatError `bad_model_config` naming the field and what would be right
 *
 * @example
 * ```ts
 * import { maxLength, parseRobertaConfig } from "@dylora/model-roberta";
 *
 * const config = parseRobertaConfig({
 *   model_type: "roberta", vocab_size: 50265, hidden_size: 768, num_hidden_layers: 12, num_attention_heads: 12,
 *   intermediate_size: 3072, max_position_embeddings: 514,
 * });
 * console.log(maxLength(config)); // 512
 * ```
 */
export function parseRobertaConfig(json: unknown): RobertaConfig {
  const { fields, whole, number, choice, flag, gelu } = configFields(json);
  const type = choice("model_type", modelTypes);
  choice("position_embedding_type", ["absolute"], "absolute");
  if (flag("is_decoder", false)) throw badModelConfig("is_decoder is true; only encoders are supported");
  const hiddenSize = whole("hidden_size", 768);
  const heads = whole("num_attention_heads", 12);
  if (hiddenSize % heads !== 0) {
    throw badModelConfig(`num_attention_heads ${heads} does not divide hidden_size ${hiddenSize}`);
  }
  const vocabSize = whole("vocab_size", type === "roberta" ? 50265 : 30522);
  const padTokenId = whole("pad_token_id", 1, { min: 0 });
  if (padTokenId >= vocabSize) throw badModelConfig(`pad_token_id ${padTokenId} is not below vocab_size ${vocabSize}`);
  const hiddenDropout = number("hidden_dropout_prob", 0.1, 1);
  return {
    vocabSize,
    hiddenSize,
    layers: whole("num_hidden_layers", 12, { max: MOST_LAYERS }),
    heads,
    intermediateSize: whole("intermediate_size", 3072),
    maxPositions: whole("max_position_embeddings", 512, { min: padTokenId + 2 }),
    typeVocabSize: whole("type_vocab_size", 2),
    padTokenId,
    epsilon: number("layer_norm_eps", 1e-12),
    gelu: gelu("hidden_act", "gelu"),
    hiddenDropout,
    attentionDropout: number("attention_probs_dropout_prob", 0.1, 1),
    classifierDropout: number("classifier_dropout", hiddenDropout, 1),
    initializerRange: number("initializer_range", 0.02),
    tiedEmbeddings: flag("tie_word_embeddings", true),
    labels: labelsOf(fields["id2label"], fields["label2id"]),
    problemType: problemTypeOf(fields["problem_type"]),
  };
}

/** Longest input that the position table allows, special tokens included. */
export function maxLength({ maxPositions, padTokenId }: Pick<RobertaConfig, "maxPositions" | "padTokenId">): number {
  return maxPositions - padTokenId - 1;
}
