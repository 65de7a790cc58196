/** Cuts by probability; see `SamplingDistribution`. */
export interface ProbabilityCuts {
  readonly minP?: number;
  readonly typicalP?: number;
  readonly epsilonCutoff?: number;
  readonly etaCutoff?: number;
}

const RULED_OUT = Number.NEGATIVE_INFINITY;

/** Probabilities of scores, and the place of the likeliest. */
function softmax(scores: Float32Array): { readonly shares: Float64Array; readonly best: number } {
  let best = 0;
  for (let id = 1; id < scores.length; id++) if ((scores[id] as number) > (scores[best] as number)) best = id;
  const peak = scores[best] as number;
  const shares = new Float64Array(scores.length);
  if (peak === RULED_OUT) return { shares, best };
  let total = 0;
  for (let id = 0; id < scores.length; id++) total += shares[id] = Math.exp((scores[id] as number) - peak);
  for (let id = 0; id < scores.length; id++) shares[id] = (shares[id] as number) / total;
  return { shares, best };
}

/** Information that a token carries on average, in nats. */
function entropyOf(shares: Float64Array): number {
  let entropy = 0;
  for (let id = 0; id < shares.length; id++) {
    const share = shares[id] as number;
    if (share > 0) entropy -= share * Math.log(share);
  }
  return entropy;
}

/** Rules out tokens of less probability than an edge, but never the likeliest. */
function cutBelow(scores: Float32Array, edgeOf: (shares: Float64Array, best: number) => number): void {
  const { shares, best } = softmax(scores);
  const edge = edgeOf(shares, best);
  const most = scores[best] as number;
  for (let id = 0; id < scores.length; id++) {
    if ((shares[id] as number) < edge && (scores[id] as number) < most) scores[id] = RULED_OUT;
  }
}

/** Keeps the tokens whose information is closest to the expected one (Meister et al. 2023). @param mass together */
function keepTypical(scores: Float32Array, mass: number): void {
  const { shares } = softmax(scores);
  const entropy = entropyOf(shares);
  const distance = shares.map((share) => (share > 0 ? Math.abs(-Math.log(share) - entropy) : Number.POSITIVE_INFINITY));
  const order = Array.from(distance.keys()).sort((a, b) => (distance[a] as number) - (distance[b] as number));
  let sum = 0;
  let last = 0;
  while (last < order.length - 1) {
    sum += shares[order[last] as number] as number;
    if (sum >= mass) break;
    last++;
  }
  const edge = distance[order[last] as number] as number;
  for (let id = 0; id < scores.length; id++) if ((distance[id] as number) > edge) scores[id] = RULED_OUT;
}

/**
 * Rules out tokens by their probability, in transformers' order: `min_p`, `typical_p`, `epsilon_cutoff`, `eta_cutoff`.
 *
 * @param scores logits; changed in place
 */
export function cutUnlikely(scores: Float32Array, cuts: ProbabilityCuts): void {
  const { minP = 0, typicalP = 1, epsilonCutoff = 0, etaCutoff = 0 } = cuts;
  if (minP > 0) cutBelow(scores, (shares, best) => minP * (shares[best] as number));
  if (typicalP < 1) keepTypical(scores, typicalP);
  if (epsilonCutoff > 0 && epsilonCutoff < 1) cutBelow(scores, () => epsilonCutoff);
  if (etaCutoff > 0 && etaCutoff < 1) {
    cutBelow(scores, (shares) => Math.min(etaCutoff, Math.sqrt(etaCutoff) * Math.exp(-entropyOf(shares))));
  }
}
