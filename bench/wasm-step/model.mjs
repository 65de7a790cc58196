// One RoBERTa of random numbers, with LoRA pairs on query and value: what both ways of computing it are given.

/** Deterministic numbers in [-scale, scale). */
export function numbers(count, scale, seed) {
  const values = new Float32Array(count);
  let state = seed >>> 0;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[i] = (state / 2 ** 31 - 1) * scale;
  }
  return values;
}

const classes = 7;
const vocabulary = 1000;

/** Weights (`[in, out]`), adapters (A `[r, in]`, Bᵀ `[r, out]`), head and one batch. */
export function makeModel({ layers, hidden, heads, batch, length, rank }) {
  let seed = 1;
  const random = (shape, scale) => ({
    shape,
    values: numbers(
      shape.reduce((a, b) => a * b, 1),
      scale,
      seed++,
    ),
  });
  const linear = (inFeatures, outFeatures) => ({
    weight: random([inFeatures, outFeatures], 1 / Math.sqrt(inFeatures)),
    bias: random([outFeatures], 0.02),
  });
  const norm = () => ({
    gamma: { shape: [hidden], values: numbers(hidden, 0.1, seed++).map((value) => value + 1) },
    beta: random([hidden], 0.1),
  });
  const pair = () => ({ A: random([rank, hidden], 1 / Math.sqrt(hidden)), Bt: random([rank, hidden], 0.05) });
  const lengths = Array.from({ length: batch }, (_, i) => Math.max(1, length - (i % Math.ceil(length / 4))));
  return {
    shape: { layers, hidden, heads, batch, length, rank, classes },
    tokens: random([vocabulary, hidden], 1),
    positions: random([length, hidden], 0.2),
    embeddingNorm: norm(),
    blocks: Array.from({ length: layers }, () => ({
      query: linear(hidden, hidden),
      key: linear(hidden, hidden),
      value: linear(hidden, hidden),
      attentionOutput: linear(hidden, hidden),
      attentionNorm: norm(),
      intermediate: linear(hidden, 4 * hidden),
      output: linear(4 * hidden, hidden),
      outputNorm: norm(),
      adapters: { query: pair(), value: pair() },
    })),
    head: { dense: random([hidden, hidden], 1 / Math.sqrt(hidden)), project: random([classes, hidden], 0.3) },
    ids: Int32Array.from(numbers(batch * length, 1, 77), (value) => Math.floor(((value + 1) / 2) * vocabulary)),
    mask: Float32Array.from({ length: batch * length }, (_, i) =>
      i % length < lengths[Math.floor(i / length)] ? 1 : 0,
    ),
    labels: Int32Array.from({ length: batch }, (_, i) => i % classes),
    scale: 2,
  };
}

/** Floating-point operations of one training step that no implementation can do without. */
export function stepOperations({ layers, hidden, batch, length, rank }) {
  const rows = batch * length;
  const frozen = 4 * rows * 12 * hidden * hidden;
  const attention = 12 * rows * length * hidden;
  const adapters = 2 * 6 * rows * rank * 2 * hidden;
  return layers * (frozen + attention + adapters);
}
