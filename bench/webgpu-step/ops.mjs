// The ops of a transformer block, each forward and backward, as the benchmark runs them.
import { numbers } from "../wasm-step/model.mjs";

/** Ops on hidden states of the given size: a name, the kernels behind it, and a run that ends when the GPU has. */
export function opsOf(tf, tensor, { hidden, heads, batch, length, rank }) {
  const rows = batch * length;
  let seed = 1;
  const random = (...shape) =>
    tf.keep(
      tf.tensor(
        numbers(
          shape.reduce((a, b) => a * b, 1),
          1,
          seed++,
        ),
        shape,
      ),
    );
  const place = { key: 7, probability: 0.1 };
  const op = (name, kernels, inputs, loss) => ({
    op: name,
    kernels,
    run: () => tensor.valueAndGradients(() => loss(...inputs), inputs.slice(0, 1)),
    dispose: () => tf.dispose(inputs),
  });
  const mean = (y) => tf.sum(y);
  const weight = tensor.freezeMatrix(numbers(hidden * hidden, 0.05, 99), {
    ...{ inFeatures: hidden, outFeatures: hidden, layout: "in-out" },
  });
  const shape = { batch, length, heads };
  const attend = (options) => (x) => mean(tensor.attention(x, x, x, { ...shape, causal: false, ...options }));
  const pair = (x, A, Bt, dropout) =>
    mean(tensor.loraLinear(x, { weight }, { A, Bt, gate: 2, ...(dropout ? { dropout } : {}) }, batch));
  const labels = Int32Array.from({ length: 256 }, (_, i) => i * 7);
  const names = {
    norm: ["layerNorm", "layerNormGradient"],
    gelu: ["gelu", "geluGradient"],
    attention: ["attention", "attentionGradient"],
    linear: ["matMul", "frozenLinear", "dropout", "dropoutGradient", "addLora", "addLoraGradient"],
    pair: ["matMul", "dropout", "dropoutGradient", "addLora", "addLoraGradient"],
    dropout: ["dropout", "dropoutGradient"],
    loss: ["crossEntropy", "crossEntropyGradient"],
  };
  /** A pair without its layer: the sum onto the layer's result, and the gradients. */
  const alone = (name, ranks, width, dropout) => {
    const [x, base, A, Bt] = [random(rows, hidden), random(rows, width), random(ranks, hidden), random(ranks, width)];
    const operand = { A, Bt, gate: 2, ...(dropout ? { dropout } : {}) };
    return {
      op: name,
      kernels: names.pair,
      async run() {
        const results = tf.tidy(() => {
          const { addLora, addLoraGradient } = tensor.fusedKernels();
          const { y, saved } = addLora(base, x, operand, batch);
          return [y, ...Object.values(addLoraGradient(x, base, x, operand, batch, saved))];
        });
        // The queue is in order: the last one's numbers come after all.
        await results.at(-1).data();
        tf.dispose(results);
      },
      dispose: () => tf.dispose([x, base, A, Bt]),
    };
  };
  const thin = () => [random(rows, hidden), random(rank, hidden), random(rank, hidden)];
  return [
    op("layerNorm", names.norm, [random(rows, hidden), random(hidden), random(hidden)], (x, gamma, beta) =>
      mean(tensor.layerNorm(x, gamma, beta)),
    ),
    op("gelu erf", names.gelu, [random(rows, 4 * hidden)], (x) => mean(tensor.gelu(x, "erf"))),
    op("gelu tanh", names.gelu, [random(rows, 4 * hidden)], (x) => mean(tensor.gelu(x, "tanh"))),
    op("attention", names.attention, [random(rows, hidden)], attend({})),
    op("attention, causal", names.attention, [random(rows, hidden)], attend({ causal: true })),
    op("attention, dropout", names.attention, [random(rows, hidden)], attend({ dropout: place })),
    op("loraLinear", names.linear, thin(), (x, A, Bt) => pair(x, A, Bt)),
    op("loraLinear, dropout", names.linear, thin(), (x, A, Bt) => pair(x, A, Bt, place)),
    ...[rank, 2 * rank, 32, 64].map((ranks) => alone(`pair alone, rank ${ranks}`, ranks, hidden)),
    alone(`pair alone, rank ${rank}, dropout`, rank, hidden, place),
    alone(`pairs of query and value, side by side`, 2 * rank, 3 * hidden),
    op("dropout", names.dropout, [random(rows, hidden)], (x) => mean(tensor.dropout(x, place, batch))),
    op("cross-entropy, 8000 classes", names.loss, [random(256, 8000)], (x) => tensor.softmaxCrossEntropy(x, labels)),
  ];
}
