import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/** A weight matrix in oneDNN's layouts, behind a handle. */
export interface PackedHandle {
  readonly packed: unique symbol;
}

/** A dropout place as the addon takes it. */
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

/** Keys and values `[2, rows, heads, capacity, head size]`; bfloat16 ones lie two in a float32. */
export interface NativeCache {
  readonly values: Float32Array;
  readonly rows: number;
  readonly capacity: number;
  /** Row of each of the first `width` tokens, `[batch, width]`; later ones lie in the row of the sequence's number. */
  readonly table: Int32Array | null;
  readonly width: number;
}

/** The functions of native/addon.cpp, which checks types and lengths and throws a TypeError where they do not fit. */
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
  /** a + b (0), a - b (1) or a ∘ b (2); b is repeated along a. */
  binary(kind: number, a: Float32Array, b: Float32Array, y: Float32Array): void;
  /** Place of the first id that is no row of the table, or -1. */
  gatherRows(tableRows: number, width: number, table: Float32Array, ids: Int32Array, y: Float32Array): number;
  blockStateFloats(block: NativeBlock): number;
  blockForward(block: NativeBlock, x: Float32Array, y: Float32Array, state: Float32Array | null): void;
  blockGradient(
    block: NativeBlock,
    dy: Float32Array,
    x: Float32Array | null,
    state: Float32Array,
    dx: Float32Array,
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
  /** Bytes a second that all threads read from memory, best of several passes over so many. For benchmarks. */
  readRate(bytes: number): number;
}

/** What looking for the addon gave: the addon, or why there is none. */
export type AddonSearch = { readonly addon: NativeAddon } | { readonly reason: string; readonly remedy: string };

let found: AddonSearch | undefined;

/** Loads the addon: a prebuilt one, or the one that the install step built. Looks once in a process. */
export function findAddon(): AddonSearch {
  found ??= loadAddon();
  return found;
}

/** Path of the addon's file, or undefined where there is none. */
export function addonFile(): string | undefined {
  const name = "dylora_native.node";
  const places = [`prebuilds/${process.platform}-${process.arch}`, "build"];
  const files = places.map((place) => fileURLToPath(new URL(`../${place}/${name}`, import.meta.url)));
  return files.find((path) => existsSync(path));
}

function loadAddon(): AddonSearch {
  const file = addonFile();
  const remedy = "install g++ and oneDNN (Debian: apt-get install g++ libdnnl-dev), then install this package anew";
  if (file === undefined) return { reason: "its addon is not built", remedy };
  // Threads that wait spin for about a millisecond before they sleep: between two kernels they stay awake, between two
  // batches they do not burn a core. libgomp reads this when it is loaded.
  if (process.env["OMP_WAIT_POLICY"] === undefined) process.env["GOMP_SPINCOUNT"] ??= "1000000";
  try {
    return { addon: createRequire(import.meta.url)(file) as NativeAddon };
  } catch (cause) {
    const [line = ""] = String(cause instanceof Error ? cause.message : cause).split("\n");
    return { reason: `its addon cannot be loaded: ${line}`, remedy };
  }
}
