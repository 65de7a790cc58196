import { type AttentionOptions, composedKernels, type Saved } from "@dylora/tensor";
import type { Tensor, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { eachVector, outputGradient, type PairPass, packed, runPairPass } from "./wgsl/attention-program.ts";

/** Head sizes whose vectors fit a thread's registers. */
const greatestHead = 128;

const scaledQuery = (token: string): string => `${packed(token, 0)} * uniforms.scale`;

/** The greatest score so far and the sum of powers below it; `rescale` brings other sums to a new greatest. */
const onlineSoftmax = (rescale: string): string => `
  if (score > greatest) {
    let shrink = exp(greatest - score);
    powers *= shrink;
    ${rescale}
    greatest = score;
  }
  let power = exp(score - greatest);
  powers += power;
`;
const noPowers = "var greatest = -3.4e38; var powers = 0.0;";

const forward: PairPass = {
  name: "attention",
  owns: "query",
  own: { q: scaledQuery("token"), sum: undefined },
  tiles: [packed("other", 1), packed("other", 2)],
  start: noPowers,
  dots: { score: ["q", "tileA"] },
  pair: `
    ${onlineSoftmax(eachVector("sum[v] *= shrink;"))}
    let weight = power * factor;
    ${eachVector("sum[v] += weight * tileB[t * vectors + v];")}`,
  finish: eachVector("store(outputAt(token), v, sum[v] / powers);"),
};

/** Greatest score, 1 / Σ e^(score − greatest) and Σ P·dP of each query. */
const statistics: Omit<PairPass, "inputs"> = {
  name: "attentionStatistics",
  owns: "query",
  own: { q: scaledQuery("token"), d: outputGradient("token") },
  tiles: [packed("other", 1), packed("other", 2)],
  start: `${noPowers} var along = 0.0;`,
  dots: { score: ["q", "tileA"], slope: ["d", "tileB"] },
  pair: `${onlineSoftmax("along *= shrink;")} along += power * slope * factor;`,
  // Σ P·dP rather than dO·O: where tokens are alike the two nearly cancel and the latter loses the digits.
  finish: `
    let at = (unit * uniforms.length + token) * 3;
    result[at] = greatest;
    result[at + 1] = 1.0 / powers;
    result[at + 2] = along / powers;`,
};

const probability = (query: string): string => `
  let at = (unit * uniforms.length + ${query}) * 3;
  let p = exp(score - statistics[at]) * statistics[at + 1];
  let dScore = p * (slope * factor - statistics[at + 2]);
`;

const queryGradient: Omit<PairPass, "inputs"> = {
  name: "attentionQueryGradient",
  owns: "query",
  own: { q: scaledQuery("token"), d: outputGradient("token"), dq: undefined },
  tiles: [packed("other", 1), packed("other", 2)],
  dots: { score: ["q", "tileA"], slope: ["d", "tileB"] },
  pair: `
    ${probability("token")}
    ${eachVector("dq[v] += dScore * uniforms.scale * tileA[t * vectors + v];")}`,
  finish: eachVector("store(packedAt(token, 0), v, dq[v]);"),
};

const keyValueGradient: Omit<PairPass, "inputs"> = {
  name: "attentionKeyValueGradient",
  owns: "key",
  own: { k: packed("token", 1), value: packed("token", 2), dk: undefined, dv: undefined },
  tiles: [scaledQuery("other"), outputGradient("other")],
  dots: { score: ["k", "tileA"], slope: ["value", "tileB"] },
  pair: `
    ${probability("other")}
    ${eachVector("dk[v] += dScore * tileA[t * vectors + v]; dv[v] += p * factor * tileB[t * vectors + v];")}`,
  finish: eachVector("store(packedAt(token, 1), v, dk[v]); store(packedAt(token, 2), v, dv[v]);"),
};

const fits = (qkv: Tensor2D, { heads }: AttentionOptions): boolean => qkv.shape[1] / 3 / heads <= greatestHead;

/** softmax(Q · Kᵀ / √d + mask) · V for each head. Keeps the mask; scores are made again for the gradient. */
export function attention(qkv: Tensor2D, options: AttentionOptions): Saved {
  if (!fits(qkv, options)) return composedKernels.attention(qkv, options);
  const y = runPairPass<Tensor2D>(forward, qkv, options, [qkv.shape[0], qkv.shape[1] / 3]);
  return { y, saved: options.mask === undefined ? [] : [options.mask] };
}

/** Gradient to queries, keys and values in their packed form. */
export function attentionGradient(
  dy: Tensor2D,
  qkv: Tensor2D,
  options: AttentionOptions,
  saved: readonly Tensor[],
): Tensor2D {
  if (!fits(qkv, options)) return composedKernels.attentionGradient(dy, qkv, options, saved);
  const [mask] = saved as [Tensor2D?];
  // The caller's own handle on the mask may be gone by now.
  const savedOptions: AttentionOptions = mask === undefined ? options : { ...options, mask };
  const { batch, heads, length } = options;
  const ofRows = runPairPass<Tensor3D>({ ...statistics, inputs: { dy } }, qkv, savedOptions, [
    batch * heads,
    length,
    3,
  ]);
  const inputs = { dy, statistics: ofRows };
  const dqkv = runPairPass<Tensor2D>({ ...queryGradient, inputs }, qkv, savedOptions, qkv.shape);
  return runPairPass({ ...keyValueGradient, inputs }, qkv, savedOptions, dqkv);
}
