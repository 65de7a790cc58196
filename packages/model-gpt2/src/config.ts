import { FormatError, showValue } from "@dylora/errors";
import type { GeluForm } from "@dylora/tensor";

/** What of a Hugging Face `config.json` decides the shape and arithmetic of a GPT-2. */
export interface Gpt2Config {
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
  /** Longest sequence, prompt and continuation together. */
  readonly maxPositions: number;
  /** Epsilon of every layer normalisation. */
  readonly epsilon: number;
  /** Form of the activation. */
  readonly gelu: GeluForm;
  /** Dropout on the embeddings in training. */
  readonly embeddingDropout: number;
  /** Dropout on attention probabilities in training. */
  readonly attentionDropout: number;
  /** Dropout on the output of attention and feed-forward layers in training. */
  readonly residualDropout: number;
  /** True when the output layer is the token table. */
  readonly tiedOutput: boolean;
  /** Tokens that end a text. */
  readonly eosTokenIds: readonly number[];
}

const geluForms: Readonly<Record<string, GeluForm>> = { gelu_new: "tanh", gelu_pytorch_tanh: "tanh", gelu: "erf" };

/**
 * Reads a GPT-2 configuration.
 *
 * @param json content of `config.json`
 * @throws FormatError `bad_model_config` naming the field and what would be right
 */
export function parseGpt2Config(json: unknown): Gpt2Config {
  const fields = (typeof json === "object" && json !== null ? json : {}) as Record<string, unknown>;
  const fail = (message: string): FormatError => new FormatError("bad_model_config", `config.json: ${message}`);
  if (fields["model_type"] !== "gpt2") {
    throw fail(`model_type is ${showValue(fields["model_type"])}; this package loads "gpt2"`);
  }
  for (const name of ["scale_attn_by_inverse_layer_idx", "add_cross_attention"]) {
    if (fields[name] === true) throw fail(`${name} is not supported`);
  }
  if (fields["scale_attn_weights"] === false) throw fail("scale_attn_weights false is not supported");
  const whole = (name: string, least: number, otherwise?: number): number => {
    const value = fields[name] ?? otherwise;
    if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
    throw fail(`${name} is ${showValue(value)}; it must be a whole number of at least ${least}`);
  };
  const number = (name: string, otherwise: number): number => {
    const value = fields[name] ?? otherwise;
    if (typeof value === "number" && value >= 0 && Number.isFinite(value)) return value;
    throw fail(`${name} is ${showValue(value)}; it must be a number of at least 0`);
  };
  const hiddenSize = whole("n_embd", 1);
  const heads = whole("n_head", 1);
  if (hiddenSize % heads !== 0) throw fail(`n_head ${heads} does not divide n_embd ${hiddenSize}`);
  const activation = fields["activation_function"] ?? "gelu_new";
  const gelu =
    typeof activation === "string" && Object.hasOwn(geluForms, activation) ? geluForms[activation] : undefined;
  if (gelu === undefined)
    throw fail(`activation_function ${showValue(activation)} is none of ${Object.keys(geluForms).join(", ")}`);
  const eos = [fields["eos_token_id"] ?? []].flat();
  if (!eos.every((id): id is number => Number.isSafeInteger(id) && (id as number) >= 0)) {
    throw fail(`eos_token_id is ${showValue(fields["eos_token_id"])}; it must be a token id or a list of these`);
  }
  return {
    vocabSize: whole("vocab_size", 1),
    hiddenSize,
    layers: whole("n_layer", 1),
    heads,
    intermediateSize: whole("n_inner", 1, 4 * hiddenSize),
    maxPositions: whole("n_positions", 1),
    epsilon: number("layer_norm_epsilon", 1e-5),
    gelu,
    embeddingDropout: number("embd_pdrop", 0.1),
    attentionDropout: number("attn_pdrop", 0.1),
    residualDropout: number("resid_pdrop", 0.1),
    tiedOutput: fields["tie_word_embeddings"] !== false,
    eosTokenIds: eos,
  };
}
