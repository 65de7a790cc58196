// The training step on @dylora/tensor's ops.

/** Prepares the model; returns a function that runs one step and gives loss and gradients. Dropout is off by default. */
export function ourStep(tf, tensor, model, dropout = 0) {
  const { shape, scale } = model;
  const { hidden, heads, batch, length } = shape;
  const put = ({ shape, values }) => tf.keep(tf.tensor(values, shape));
  const norm = ({ gamma, beta }) => ({ gamma: put(gamma), beta: put(beta) });
  const freeze = (weight, inFeatures, outFeatures) =>
    tensor.freezeMatrix(weight.values, { inFeatures, outFeatures, layout: "in-out" });
  const linear = ({ weight, bias }) => ({ weight: freeze(weight, ...weight.shape), bias: put(bias) });
  const packed = ({ query, key, value }) => {
    const values = new Float32Array(3 * hidden * hidden);
    for (const [part, { weight }] of [query, key, value].entries()) {
      for (let row = 0; row < hidden; row++) {
        const from = weight.values.subarray(row * hidden, (row + 1) * hidden);
        values.set(from, (row * 3 + part) * hidden);
      }
    }
    const bias = new Float32Array([...query.bias.values, ...key.bias.values, ...value.bias.values]);
    return { weight: freeze({ values }, hidden, 3 * hidden), bias: put({ shape: [3 * hidden], values: bias }) };
  };
  const tokens = tensor.freezeEmbedding(model.tokens.values, model.tokens.shape, "token");
  const positions = tensor.freezeEmbedding(model.positions.values, model.positions.shape, "position");
  const embeddingNorm = norm(model.embeddingNorm);
  const positionIds = Int32Array.from(model.ids, (_, i) => i % length);
  const mask = tf.keep(tensor.additiveMask(model.mask, batch, length));
  const head = { dense: put(model.head.dense), project: put(model.head.project) };
  const zeros = { dense: tf.keep(tf.zeros([hidden])), project: tf.keep(tf.zeros([shape.classes])) };
  const trained = [];
  const place = (site) => ({ key: tensor.foldKey(1, site), probability: dropout });
  const adapters = model.blocks.map((block) => {
    const pair = ({ A, Bt }) => {
      const operand = {
        A: put(A),
        Bt: put(Bt),
        gate: scale,
        ...(dropout > 0 ? { dropout: place(trained.length) } : {}),
      };
      trained.push(operand.A, operand.Bt);
      return operand;
    };
    return { query: pair(block.adapters.query), value: pair(block.adapters.value) };
  });
  trained.push(head.dense, head.project);
  const weights = model.blocks.map((block) => ({
    qkv: packed(block),
    attentionOutput: linear(block.attentionOutput),
    intermediate: linear(block.intermediate),
    output: linear(block.output),
    attentionNorm: norm(block.attentionNorm),
    outputNorm: norm(block.outputNorm),
  }));
  const options = { batch, length, heads, norm: "post", epsilon: 1e-5, gelu: "erf", causal: false, mask };
  if (dropout > 0) options.dropout = { attention: place(101), attentionOutput: place(102), output: place(103) };
  const firstTokens = Int32Array.from({ length: batch }, (_, i) => i * length);

  const loss = () => {
    const embedded = tf.add(tensor.embedding(model.ids, tokens), tensor.embedding(positionIds, positions));
    let x = tensor.layerNorm(embedded, embeddingNorm.gamma, embeddingNorm.beta, 1e-5);
    for (const [index, blockWeights] of weights.entries()) {
      x = tensor.transformerBlock(x, { weights: blockWeights, adapters: adapters[index] }, options);
    }
    const first = tensor.selectRows(x, firstTokens);
    const hiddenHead = tf.tanh(tensor.linear(first, head.dense, zeros.dense));
    return tensor.softmaxCrossEntropy(tensor.linear(hiddenHead, head.project, zeros.project), model.labels);
  };
  return () => tensor.valueAndGradients(loss, trained);
}
