import { at, beside, columns, type Matrix, matrix } from "./matrix.ts";

/** Shape and masking of {@link attention}. */
export interface ReferenceAttention {
  /** Sequences. */
  readonly batch: number;
  /** Tokens of each. */
  readonly length: number;
  /** Heads. */
  readonly heads: number;
  /** True when a token sees only itself and those before it. */
  readonly causal: boolean;
  /** True for the keys that are seen, `batch * length`; default: all. */
  readonly visible?: readonly boolean[];
  /** Dropout mask on the probabilities, `batch * heads * length * length`. */
  readonly dropout?: ArrayLike<number>;
}

/** Softmax of the scores of the keys that are seen; the others get 0. */
function softmax(scores: readonly number[], seen: readonly boolean[]): number[] {
  const peak = Math.max(...scores.filter((_, key) => seen[key]));
  const powers = scores.map((score, key) => (seen[key] ? Math.exp(score - peak) : 0));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/** One head: `q`, `k`, `v` are `[batch * length, size]`. */
function head(q: Matrix, k: Matrix, v: Matrix, index: number, options: ReferenceAttention): Matrix {
  const { batch, length, heads, causal, visible, dropout } = options;
  const size = q.columns;
  const result = matrix(batch * length, size);
  for (let sequence = 0; sequence < batch; sequence++) {
    for (let query = 0; query < length; query++) {
      const keys = Array.from({ length }, (_, key) => key);
      const scores = keys.map((key) => {
        let dot = 0;
        for (let d = 0; d < size; d++) {
          dot += at(q, sequence * length + query, d) * at(k, sequence * length + key, d);
        }
        return dot / Math.sqrt(size);
      });
      const seen = keys.map((key) => (visible?.[sequence * length + key] ?? true) && !(causal && key > query));
      const row = ((sequence * heads + index) * length + query) * length;
      softmax(scores, seen).forEach((probability, key) => {
        const weight = probability * (dropout?.[row + key] ?? 1);
        for (let d = 0; d < size; d++) {
          const place = (sequence * length + query) * size + d;
          result.values[place] = (result.values[place] as number) + weight * at(v, sequence * length + key, d);
        }
      });
    }
  }
  return result;
}

/** Multi-head scaled dot-product attention (Vaswani et al. 2017) on `[batch * length, hidden]` matrices. */
export function attention(q: Matrix, k: Matrix, v: Matrix, options: ReferenceAttention): Matrix {
  const size = q.columns / options.heads;
  const of = (m: Matrix, index: number): Matrix => columns(m, index * size, (index + 1) * size);
  return beside(
    Array.from({ length: options.heads }, (_, index) => head(of(q, index), of(k, index), of(v, index), index, options)),
  );
}
