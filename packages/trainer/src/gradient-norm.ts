/** Euclidean norm of a flat gradient, summed in float64. */
export function gradientNorm(gradients: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < gradients.length; i++) sum += (gradients[i] as number) ** 2;
  return Math.sqrt(sum);
}

/**
 * Scales a flat gradient down so that its norm is at most `maxNorm`, as `torch.nn.utils.clip_grad_norm_` does.
 *
 * @returns the norm before
 */
export function clipGradientNorm(gradients: Float32Array, maxNorm: number): number {
  const norm = gradientNorm(gradients);
  const factor = maxNorm / (norm + 1e-6);
  if (factor < 1) for (let i = 0; i < gradients.length; i++) gradients[i] = (gradients[i] as number) * factor;
  return norm;
}
