/** The Taylor series of erf · e^{x²}, whose terms are all positive: exact to rounding, quick for small x. */
function bySeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** erfc for large x by its continued fraction (Abramowitz and Stegun 7.1.14), evaluated from the far end. */
function complementByFraction(x: number): number {
  let fraction = x;
  for (let k = 80; k > 0; k--) fraction = x + k / 2 / fraction;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
}

/** The error function, to a few units in the last place of a double. */
export function erf(x: number): number {
  if (x === 0 || Number.isNaN(x)) return x;
  if (Math.abs(x) < 2.5) return bySeries(x);
  return Math.sign(x) * (1 - complementByFraction(Math.abs(x)));
}
