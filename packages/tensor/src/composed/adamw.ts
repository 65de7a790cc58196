import type { AdamwStep } from "../contract/adamw-step.ts";

/** The loop in JavaScript: products and sums in float64, each rounded by itself; what is stored is rounded to float32. */
export function adamw(step: AdamwStep): void {
  const { values, gradients, ranges, factors, epsilon } = step;
  const { firstMoment: m, secondMoment: v } = step;
  const [beta1, beta2] = step.betas;
  for (let stretch = 0; 2 * stretch < ranges.length; stretch++) {
    const [start = 0, end = 0] = ranges.subarray(2 * stretch, 2 * stretch + 2);
    const [stepSize = 0, rootCorrection = 1, keep = 1] = factors.subarray(3 * stretch, 3 * stretch + 3);
    for (let i = start; i < end; i++) {
      const gradient = gradients[i] as number;
      m[i] = (m[i] as number) + (1 - beta1) * (gradient - (m[i] as number));
      v[i] = beta2 * (v[i] as number) + (1 - beta2) * gradient * gradient;
      const denominator = Math.sqrt(v[i] as number) / rootCorrection + epsilon;
      values[i] = keep * (values[i] as number) - (stepSize * (m[i] as number)) / denominator;
    }
  }
}
