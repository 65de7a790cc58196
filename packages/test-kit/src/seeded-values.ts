import { foldKey, foldName, wordAt } from "@dylora/tensor";

/**
 * Reproducible numbers for a test: uniform in [−scale, scale), float32, the same on every machine.
 *
 * @param count how many
 * @param name different names give different numbers
 * @param scale default 1
 */
export function seededValues(count: number, name: string, scale = 1): Float32Array {
  const key = foldName(foldKey(0, count), name);
  return Float32Array.from({ length: count }, (_, i) => (wordAt(key, i) / 2 ** 31 - 1) * scale);
}
