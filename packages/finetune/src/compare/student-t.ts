/** P(|T| < t) with t = √freedom · tan(angle): Abramowitz & Stegun 26.7.3 and 26.7.4, exact for whole degrees of freedom. */
function probabilityWithin(angle: number, freedom: number): number {
  const odd = freedom % 2 === 1;
  const cosine = Math.cos(angle);
  let term = odd ? cosine : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k <= freedom - 2; k += 2) {
    term *= ((k - 1) / k) * cosine * cosine;
    sum += term;
  }
  const series = Math.sin(angle) * sum;
  return odd ? (2 / Math.PI) * (angle + series) : series;
}

/**
 * The t that Student's distribution stays within, in absolute value, with some probability: the factor on the standard
 * error for a confidence interval of a mean.
 *
 * @param confidence above 0 and below 1, for instance 0.95
 * @param freedom degrees of freedom, a whole number of at least 1
 */
export function studentT(confidence: number, freedom: number): number {
  let [low, high] = [0, Math.PI / 2];
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2;
    if (probabilityWithin(middle, freedom) < confidence) low = middle;
    else high = middle;
  }
  return Math.sqrt(freedom) * Math.tan((low + high) / 2);
}
