import { gelu } from "./activation.ts";
import { attention, type ReferenceAttention } from "./attention.ts";
import { layerNorm } from "./layer-norm.ts";
import { loraDelta, loraLinear, type ReferenceLinear, type ReferenceLora } from "./linear.ts";
import { at, beside, columns, type Matrix, matrix, matrixFrom, scaleEach, sum } from "./matrix.ts";

/** Gain and offset of a layer normalisation. */
export interface ReferenceNorm {
  /** Gain `[hidden]`. */
  readonly gamma: ArrayLike<number>;
  /** Offset `[hidden]`. */
  readonly beta: ArrayLike<number>;
}

/** Frozen weights of {@link transformerBlock}. */
export interface ReferenceBlockWeights {
  /** hidden → 3 · hidden: queries, keys, values. */
  readonly qkv: ReferenceLinear;
  /** hidden → hidden. */
  readonly attentionOutput: ReferenceLinear;
  /** hidden → intermediate. */
  readonly intermediate: ReferenceLinear;
  /** intermediate → hidden. */
  readonly output: ReferenceLinear;
  /** Of the attention. */
  readonly attentionNorm: ReferenceNorm;
  /** Of the feed-forward layers. */
  readonly outputNorm: ReferenceNorm;
}

/** A place for a LoRA pair in a block. */
export type ReferenceSite = "query" | "key" | "value" | "qkv" | "attentionOutput" | "intermediate" | "output";

/** Shape and arithmetic of {@link transformerBlock}. */
export interface ReferenceBlock extends Omit<ReferenceAttention, "dropout"> {
  /** Whether a branch is normalised before it (pre) or after its sum with the residual (post). */
  readonly norm: "post" | "pre";
  /** Epsilon of both normalisations. */
  readonly epsilon: number;
  /** Form of the activation. */
  readonly gelu: "erf" | "tanh";
  /** Dropout masks. */
  readonly masks?: {
    /** `batch * heads * length * length`. */
    readonly attention?: ArrayLike<number>;
    /** `batch * length * hidden`. */
    readonly attentionOutput?: ArrayLike<number>;
    /** `batch * length * hidden`. */
    readonly output?: ArrayLike<number>;
  };
}

/** A whole transformer block on hidden states `[batch * length, hidden]`. */
export function transformerBlock(
  x: Matrix,
  weights: ReferenceBlockWeights,
  adapters: Readonly<Partial<Record<ReferenceSite, ReferenceLora>>>,
  options: ReferenceBlock,
): Matrix {
  const { batch, norm, epsilon, masks } = options;
  const hidden = x.columns;
  const pairsOf = (site: ReferenceSite): ReferenceLora[] => {
    const pair = adapters[site];
    return pair === undefined ? [] : [pair];
  };
  const delta = (site: ReferenceSite, input: Matrix): Matrix => {
    const pair = adapters[site];
    return pair === undefined ? matrix(input.rows, hidden) : loraDelta(input, pair, batch);
  };
  const attend = (input: Matrix): Matrix => {
    const { masks: _, ...shape } = options;
    const fused = loraLinear(input, weights.qkv, pairsOf("qkv"), batch);
    const parts = beside([delta("query", input), delta("key", input), delta("value", input)]);
    const qkv = sum(fused, parts);
    const [q, k, v] = [0, 1, 2].map((part) => columns(qkv, part * hidden, (part + 1) * hidden)) as [
      Matrix,
      Matrix,
      Matrix,
    ];
    const context = attention(q, k, v, masks?.attention === undefined ? shape : { ...shape, dropout: masks.attention });
    const projected = loraLinear(context, weights.attentionOutput, pairsOf("attentionOutput"), batch);
    return scaleEach(projected, masks?.attentionOutput);
  };
  const feedForward = (input: Matrix): Matrix => {
    const inner = loraLinear(input, weights.intermediate, pairsOf("intermediate"), batch);
    const active = matrixFrom(inner.rows, inner.columns, (row, column) => gelu(at(inner, row, column), options.gelu));
    return scaleEach(loraLinear(active, weights.output, pairsOf("output"), batch), masks?.output);
  };
  const branch = (input: Matrix, part: (input: Matrix) => Matrix, { gamma, beta }: ReferenceNorm): Matrix =>
    norm === "pre"
      ? sum(input, part(layerNorm(input, gamma, beta, epsilon)))
      : layerNorm(sum(input, part(input)), gamma, beta, epsilon);
  return branch(branch(x, attend, weights.attentionNorm), feedForward, weights.outputNorm);
}
