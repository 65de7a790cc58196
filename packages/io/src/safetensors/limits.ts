/** Bounds that a safetensors header must keep, so that a hostile file cannot exhaust memory or time. */
export interface SafetensorsLimits {
  /** Longest header, in bytes. Default 25 MB: about 200,000 tensors. */
  readonly headerBytes: number;
  /** Most tensors. Default 200,000. */
  readonly tensors: number;
  /** Most dimensions of one tensor. Default 16. */
  readonly dimensions: number;
  /** Largest single dimension. Default 2^40. */
  readonly dimensionSize: number;
}

/** The {@link SafetensorsLimits} used where none are given. */
export const DEFAULT_SAFETENSORS_LIMITS: SafetensorsLimits = {
  headerBytes: 25_000_000,
  tensors: 200_000,
  dimensions: 16,
  dimensionSize: 2 ** 40,
};
