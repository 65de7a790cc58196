/**
 * Turns logits into log-probabilities, log softmax, in place.
 *
 * @param scores logits of one distribution
 */
export function toLogProbabilities(scores: Float32Array): void {
  let peak = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < scores.length; id++) peak = Math.max(peak, scores[id] as number);
  let sum = 0;
  for (let id = 0; id < scores.length; id++) sum += Math.exp((scores[id] as number) - peak);
  const normaliser = peak + Math.log(sum);
  for (let id = 0; id < scores.length; id++) scores[id] = (scores[id] as number) - normaliser;
}
