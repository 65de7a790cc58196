// Models of real shapes with random weights that are made when they are read, so that the benchmark's own copies do not
// count as the backend's memory.

const roberta = (hidden, layers, heads) => ({
  architecture: "roberta",
  hidden,
  inner: 4 * hidden,
  layers,
  heads,
  vocabulary: 50265,
  positions: 514,
});
const gpt2 = (hidden, layers, heads) => ({
  architecture: "gpt2",
  hidden,
  inner: 4 * hidden,
  layers,
  heads,
  vocabulary: 50257,
  positions: 1024,
});

/** Models by the names of bench/peers/pytorch_peft.py. */
export const models = {
  "roberta-base": roberta(768, 12, 12),
  "roberta-large": roberta(1024, 24, 16),
  "roberta-tiny": { ...roberta(64, 2, 4), vocabulary: 1000 },
  "gpt2-small": gpt2(768, 12, 12),
  "gpt2-medium": gpt2(1024, 24, 16),
  "gpt2-tiny": { ...gpt2(64, 2, 4), vocabulary: 1000 },
};

/** `config.json` of a model. */
export function configOf({ architecture, hidden, inner, layers, heads, vocabulary, positions }, dropout) {
  if (architecture === "gpt2") {
    return {
      model_type: "gpt2",
      vocab_size: vocabulary,
      n_embd: hidden,
      n_layer: layers,
      n_head: heads,
      n_positions: positions,
      attn_pdrop: dropout,
      embd_pdrop: dropout,
      resid_pdrop: dropout,
    };
  }
  return {
    model_type: "roberta",
    vocab_size: vocabulary,
    hidden_size: hidden,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    intermediate_size: inner,
    max_position_embeddings: positions,
    type_vocab_size: 1,
    layer_norm_eps: 1e-5,
    hidden_dropout_prob: dropout,
    attention_probs_dropout_prob: dropout,
  };
}

/** A weight source of N(0, 0.02)-like numbers; gains are 1 and biases 0. */
export function randomWeights(present, prefix = "") {
  const full = (name) => (prefix === "" ? name : `${prefix}.${name}`);
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  };
  return {
    has: (name) => present(full(name)),
    at: (part) => randomWeights(present, full(part)),
    names: () => [],
    shape: () => undefined,
    async read(name, shape) {
      const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
      if (/(LayerNorm|ln_\d|ln_f)\.weight$/.test(full(name))) values.fill(1);
      else if (name.endsWith("weight")) for (let i = 0; i < values.length; i++) values[i] = 0.035 * random();
      return values;
    },
    async close() {},
  };
}

/** Operations of the matrix products of a training step: forward, and the gradient to every layer's input. */
export function stepOperations({ architecture, hidden, inner, layers, vocabulary }, batch, length, rank) {
  const rows = batch * length;
  const linear = 2 * rows * (4 * hidden * hidden + 2 * hidden * inner);
  const attention = 4 * batch * length * length * hidden;
  const pairs = 2 * rows * 2 * 2 * hidden * rank;
  const output = architecture === "gpt2" ? 2 * rows * hidden * vocabulary : 0;
  // Attention is run backward in four products and once more forward; thin products backward three times.
  return layers * (2 * linear + attention * 3.5 + pairs * 3) + 2 * output;
}

/** Bytes of weights that a token of generation reads: every block and the output layer, once for the whole batch. */
export function decodeBytes({ hidden, inner, layers, vocabulary }, precision) {
  const linear = 4 * hidden * hidden + 2 * hidden * inner;
  return (layers * linear + hidden * vocabulary) * (precision === "bfloat16" ? 2 : 4);
}
