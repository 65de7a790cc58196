/** A weight matrix in oneDNN's layouts, behind a handle. */
export interface PackedHandle {
  readonly packed: unique symbol;
}

/** A dropout as the addon takes it. */
export interface NativeDropout {
  readonly key: number;
  readonly firstExample: number;
  /** Random words up to this one drop their element. */
  readonly limit: number;
  /** Factor of what is kept. */
  readonly keep: number;
}

/** Shape and masking of an attention. */
export interface NativeAttention {
  readonly batch: number;
  readonly length: number;
  readonly heads: number;
  /** Features of a head. */
  readonly size: number;
  readonly causal: boolean;
  readonly mask: Float32Array | null;
  readonly dropout: NativeDropout | null;
}

/** A LoRA pair on some columns of a layer's output. */
export interface NativePair {
  readonly column: number;
  readonly rank: number;
  readonly outFeatures: number;
  readonly A: Float32Array;
  readonly Bt: Float32Array;
  /** Gates; null: `factor` alone. */
  readonly gate: Float32Array | null;
  /** True when every example has gates of its own. */
  readonly gateOfExample: boolean;
  readonly factor: number;
  readonly dropout: NativeDropout | null;
  /** Written by gradients. */
  readonly dA?: Float32Array;
  readonly dBt?: Float32Array;
}

/** The pairs of one layer, with the rows they work on. */
export interface NativePairSet {
  readonly rows: number;
  /** Rows of an example. */
  readonly length: number;
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly pairs: readonly NativePair[];
}

/** A linear layer of a block. */
export interface NativeLayer {
  readonly weight: PackedHandle;
  readonly bias: Float32Array | null;
  readonly pairs: readonly NativePair[];
}

/** A transformer block. */
export interface NativeBlock {
  readonly attention: NativeAttention;
  /** Tokens of each sequence, from its first on, that results are wanted for. */
  readonly firstTokens: number;
  /** Features between the feed-forward layers. */
  readonly inner: number;
  readonly preNorm: boolean;
  readonly tanhForm: boolean;
  readonly epsilon: number;
  readonly qkv: NativeLayer;
  readonly attentionOutput: NativeLayer;
  readonly intermediate: NativeLayer;
  readonly output: NativeLayer;
  readonly attentionGamma: Float32Array;
  readonly attentionBeta: Float32Array;
  readonly outputGamma: Float32Array;
  readonly outputBeta: Float32Array;
  readonly contextDropout: NativeDropout | null;
  readonly outputDropout: NativeDropout | null;
}

/** A block's input, or the normalised rows, gain and offset that it was made of. */
export type NativeBlockInput =
  | Float32Array
  | { readonly hat: Float32Array; readonly gamma: Float32Array; readonly beta: Float32Array };

/** Keys and values `[2, rows, heads, capacity, head size]`; bfloat16 ones lie two in a float32. */
export interface NativeCache {
  readonly values: Float32Array;
  readonly rows: number;
  readonly capacity: number;
  /** Row of each of the first `width` tokens, `[batch, width]`; later ones lie in the row of the sequence's number. */
  readonly table: Int32Array | null;
  readonly width: number;
}

/** The functions of native/addon/functions.hpp, which check types and lengths and throw a TypeError where they do not fit. */
export interface NativeAddon {
  /** What it computes with; bfloat16: whether that is multiplied in hardware. */
  describe(): { readonly detail: string; readonly bfloat16: boolean };
  setThreads(count: number): void;
  /** Frees work space and prepared products. */
  trim(): void;
  /** Bytes from the last boundary of 64 to where the array starts. */
  misalignment(values: Float32Array): number;
  pack(values: Float32Array, inFeatures: number, outFeatures: number, outIn: boolean, bfloat16: boolean): PackedHandle;
  release(packed: PackedHandle): void;
  /** Bytes of its numbers, in all the layouts it lies in. */
  packedBytes(packed: PackedHandle): number;
  applyPacked(
    packed: PackedHandle,
    backward: boolean,
    rows: number,
    x: Float32Array,
    bias: Float32Array | null,
    y: Float32Array,
  ): void;
  multiply(
    stack: number,
    m: number,
    n: number,
    k: number,
    a: Float32Array,
    transposeA: boolean,
    b: Float32Array,
    transposeB: boolean,
    c: Float32Array,
  ): void;
  norm(
    rows: number,
    features: number,
    x: Float32Array,
    gamma: Float32Array,
    beta: Float32Array,
    epsilon: number,
    y: Float32Array,
    normalised: Float32Array,
    rstd: Float32Array,
  ): void;
  normGradient(
    rows: number,
    features: number,
    dy: Float32Array,
    gamma: Float32Array,
    normalised: Float32Array,
    rstd: Float32Array,
    dx: Float32Array,
  ): void;
  gelu(tanhForm: boolean, x: Float32Array, y: Float32Array): void;
  geluGradient(tanhForm: boolean, dy: Float32Array, x: Float32Array, dx: Float32Array): void;
  attention(shape: NativeAttention, qkv: Float32Array, context: Float32Array): void;
  attentionGradient(shape: NativeAttention, dContext: Float32Array, qkv: Float32Array, dQkv: Float32Array): void;
  lora(set: NativePairSet, x: Float32Array, bottlenecks: Float32Array, y: Float32Array): void;
  loraGradient(
    set: NativePairSet,
    dy: Float32Array,
    x: Float32Array,
    bottlenecks: Float32Array,
    dx: Float32Array,
  ): void;
  entropyStats(rows: number, classes: number, logits: Float32Array, counts: Float32Array, stats: Float32Array): void;
  entropyGradient(
    rows: number,
    classes: number,
    logits: Float32Array,
    labels: Int32Array,
    counts: Float32Array,
    stats: Float32Array,
    smoothing: number,
    scale: number,
    d: Float32Array,
  ): void;
  /**
   * Cross-entropy of x · W + bias, a few rows of scores at a time: the sum of the losses; statistics and dx are written,
   * dx times `scale`.
   */
  vocabularyLoss(
    packed: PackedHandle,
    rows: number,
    x: Float32Array,
    bias: Float32Array | null,
    labels: Int32Array,
    counts: Float32Array,
    smoothing: number,
    scale: number,
    stats: Float32Array,
    dx: Float32Array,
  ): number;
  /** A function of each number, by its place in `unaryNames`. */
  unary(kind: number, x: Float32Array, y: Float32Array): void;
  /** A function of pairs, by its place in `binaryNames`; three numbers a dimension: size, stride in a, stride in b. */
  binary(kind: number, dims: Int32Array, a: Float32Array, b: Float32Array, y: Float32Array): void;
  /** y `[outer, inner]` from x `[outer, reduced, inner]`, by the place in `reductionNames`. */
  reduce(kind: number, outer: number, reduced: number, inner: number, x: Float32Array, y: Float32Array): void;
  softmax(rows: number, columns: number, x: Float32Array, y: Float32Array): void;
  /** Copies along dimensions of three numbers: size, stride in `from`, stride in `to`. */
  copy(dims: Int32Array, from: Float32Array, fromStart: number, to: Float32Array, toStart: number): void;
  /** Place of the first id that is no row of the table, or -1. */
  gatherRows(tableRows: number, width: number, table: Float32Array, ids: Int32Array, y: Float32Array): number;
  /** y = columns of a float32 matrix `[in, out]`, by their numbers, one after another. */
  packedColumns(packed: PackedHandle, columns: Int32Array, y: Float32Array): void;
  blockStateFloats(block: NativeBlock): number;
  blockForward(block: NativeBlock, x: Float32Array, y: Float32Array, state: Float32Array | null): void;
  blockGradient(
    block: NativeBlock,
    dy: Float32Array,
    input: NativeBlockInput | null,
    state: Float32Array,
    dx: Float32Array | null,
  ): void;
  /** A block over new tokens after `seen` ones; its mask is `[batch, seen + length]`. Adds theirs to the cache. */
  decodeBlock(block: NativeBlock, x: Float32Array, y: Float32Array, cache: NativeCache, seen: number): void;
  /** Copies what the sequences of a cache have seen into the rows of their own numbers. */
  copyCache(
    bfloat16: boolean,
    heads: number,
    size: number,
    batch: number,
    seen: number,
    from: NativeCache,
    to: NativeCache,
  ): void;
  /** One step of AdamW in place, over stretches `ranges` with three `factors` each. */
  adamw(
    values: Float32Array,
    gradients: Float32Array,
    firstMoment: Float32Array,
    secondMoment: Float32Array,
    ranges: Int32Array,
    factors: Float64Array,
    beta1: number,
    beta2: number,
    epsilon: number,
  ): void;
  /** Bytes a second that all threads read from memory, best of several passes over so many. For benchmarks. */
  readRate(bytes: number): number;
}
