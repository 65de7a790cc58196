// The same training step written with plain tfjs ops and differentiated by tfjs.

/** Prepares the model; returns a function that runs one step and gives loss and gradients. */
export function plainStep(tf, model) {
  const { shape, scale } = model;
  const { hidden, heads, batch, length, classes } = shape;
  const size = hidden / heads;
  const put = ({ shape, values }) => tf.keep(tf.tensor(values, shape));
  const norm = ({ gamma, beta }) => ({ gamma: put(gamma), beta: put(beta) });
  const linear = ({ weight, bias }) => ({ weight: put(weight), bias: put(bias) });
  const names = ["query", "key", "value", "attentionOutput", "intermediate", "output"];
  const blocks = model.blocks.map((block) => ({
    ...Object.fromEntries(names.map((name) => [name, linear(block[name])])),
    attentionNorm: norm(block.attentionNorm),
    outputNorm: norm(block.outputNorm),
  }));
  const tokens = put(model.tokens);
  const positions = put(model.positions);
  const embeddingNorm = norm(model.embeddingNorm);
  const ids = tf.keep(tf.tensor1d(model.ids, "int32"));
  const positionIds = tf.keep(
    tf.tensor1d(
      Int32Array.from(model.ids, (_, i) => i % length),
      "int32",
    ),
  );
  const mask = tf.keep(
    tf.tensor4d(
      model.mask.map((visible) => (visible - 1) * 1e9),
      [batch, 1, 1, length],
    ),
  );
  const labels = tf.keep(tf.oneHot(tf.tensor1d(model.labels, "int32"), classes).toFloat());
  const trained = [];
  const adapters = model.blocks.map((block) =>
    Object.fromEntries(
      Object.entries(block.adapters).map(([name, { A, Bt }]) => {
        const pair = { A: put(A), Bt: put(Bt) };
        trained.push(pair.A, pair.Bt);
        return [name, pair];
      }),
    ),
  );
  const head = { dense: put(model.head.dense), project: put(model.head.project) };
  trained.push(head.dense, head.project);

  const layerNorm = (x, { gamma, beta }) => {
    const { mean, variance } = tf.moments(x, 1, true);
    return x.sub(mean).mul(variance.add(1e-5).rsqrt()).mul(gamma).add(beta);
  };
  const gelu = (x) => x.mul(0.5).mul(x.mul(Math.SQRT1_2).erf().add(1));
  const dense = (x, { weight, bias }) => tf.matMul(x, weight).add(bias);
  const adapted = (x, layer, pair) =>
    dense(x, layer).add(tf.matMul(tf.matMul(x, pair.A, false, true), pair.Bt).mul(scale));
  const split = (x) => x.reshape([batch, length, heads, size]).transpose([0, 2, 1, 3]);

  const block = (x, weights, pairs) => {
    const q = split(adapted(x, weights.query, pairs.query));
    const k = split(dense(x, weights.key));
    const v = split(adapted(x, weights.value, pairs.value));
    const scores = tf.matMul(q, k, false, true).div(Math.sqrt(size)).add(mask);
    const context = tf
      .matMul(tf.softmax(scores), v)
      .transpose([0, 2, 1, 3])
      .reshape([batch * length, hidden]);
    const middle = layerNorm(dense(context, weights.attentionOutput).add(x), weights.attentionNorm);
    const inner = gelu(dense(middle, weights.intermediate));
    return layerNorm(dense(inner, weights.output).add(middle), weights.outputNorm);
  };

  const loss = () => {
    let x = layerNorm(tf.gather(tokens, ids).add(tf.gather(positions, positionIds)), embeddingNorm);
    for (const [index, weights] of blocks.entries()) x = block(x, weights, adapters[index]);
    const first = x.reshape([batch, length, hidden]).slice([0, 0, 0], [batch, 1, hidden]).reshape([batch, hidden]);
    const logits = tf.matMul(tf.matMul(first, head.dense, false, true).tanh(), head.project, false, true);
    return tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), labels))).div(batch);
  };

  return async () => {
    const { value, grads } = tf.valueAndGrads((..._trained) => loss())(trained);
    const result = { value: (await value.data())[0], gradients: await Promise.all(grads.map((grad) => grad.data())) };
    tf.dispose([value, grads]);
    return result;
  };
}
