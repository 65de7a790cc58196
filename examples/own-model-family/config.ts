import { configFields, labelsOf, type ProblemType, problemTypeOf } from "@dylora/lora-core";

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
  readonly problemType: ProblemType | undefined;
}

/**
 * Reads a configuration, with transformers' defaults.
 *
 * @throws FormatError `bad_model_config`
 */
export function parseBertConfig(json: Readonly<Record<string, unknown>>): BertConfig {
  const { fields, whole, number, choice } = configFields(json);
  choice("hidden_act", ["gelu"], "gelu");
  return {
    vocabSize: whole("vocab_size", 30522),
    hiddenSize: whole("hidden_size", 768),
    layers: whole("num_hidden_layers", 12),
    heads: whole("num_attention_heads", 12),
    intermediateSize: whole("intermediate_size", 3072),
    maxPositions: whole("max_position_embeddings", 512),
    typeVocabSize: whole("type_vocab_size", 2),
    padTokenId: whole("pad_token_id", 0, { min: 0 }),
    epsilon: number("layer_norm_eps", 1e-12),
    dropout: number("hidden_dropout_prob", 0.1, 1),
    attentionDropout: number("attention_probs_dropout_prob", 0.1, 1),
    labels: labelsOf(fields["id2label"], fields["label2id"]),
    problemType: problemTypeOf(fields["problem_type"]),
  };
}
