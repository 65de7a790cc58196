/**
 * Positions count the tokens that are not padding, so padding on the left changes nothing. Padding after a token counts
 * on from it, as in transformers, whose forward pass numbers all places of a text padded on the right.
 *
 * @param attentionMask 1 for tokens and 0 for padding, `[size, length]`
 * @param from first place that a position is wanted for
 * @returns `[size, length - from]`
 */
export function positionIds(attentionMask: ArrayLike<number>, size: number, length: number, from: number): Int32Array {
  const ids = new Int32Array(size * (length - from));
  for (let row = 0; row < size; row++) {
    let tokens = 0;
    let padding = 0;
    for (let at = 0; at < length; at++) {
      if (attentionMask[row * length + at] !== 0) {
        tokens++;
        padding = 0;
      } else if (tokens > 0) padding++;
      if (at >= from) ids[row * (length - from) + at - from] = Math.max(0, tokens + padding - 1);
    }
  }
  return ids;
}
