/**
 * Functions of the compiled `assembly/` module. Pointers are byte offsets into the memory of tfjs's own module, which
 * ours imports; it has no data, stack or heap of its own. Matrices are row-major float32; `ld` counts elements from
 * one row to the next. What each does is documented beside it in `assembly/`.
 */
export interface Kernels {
  gemmWorkBytes(): number;
  gemm(
    flags: number,
    m: number,
    n: number,
    k: number,
    a: number,
    lda: number,
    b: number,
    ldb: number,
    c: number,
    ldc: number,
    bias: number,
    work: number,
  ): void;
  batchGemm(
    flags: number,
    batch: number,
    m: number,
    n: number,
    k: number,
    a: number,
    lda: number,
    stepA: number,
    b: number,
    ldb: number,
    stepB: number,
    c: number,
    ldc: number,
    stepC: number,
    work: number,
  ): void;
  add(n: number, a: number, b: number, c: number): void;
  multiply(n: number, a: number, b: number, c: number): void;
  scale(n: number, x: number, factor: number): void;
  applyGate(rows: number, rank: number, rowsOfExample: number, u: number, gate: number, gateStep: number): void;
  dropout(
    rows: number,
    columns: number,
    rowsOfExample: number,
    x: number,
    y: number,
    addToY: number,
    key: number,
    firstExample: number,
    limit: number,
    keep: number,
  ): void;
  gelu(tanh: number, n: number, x: number, y: number): void;
  gatherRows(rows: number, size: number, count: number, ids: number, table: number, out: number): number;
  geluWithSlope(tanh: number, n: number, x: number, y: number, d: number): void;
  geluGradient(tanh: number, n: number, dy: number, x: number, dx: number): void;
  layerNorm(
    rows: number,
    features: number,
    x: number,
    residual: number,
    gamma: number,
    beta: number,
    epsilon: number,
    y: number,
    stats: number,
  ): void;
  layerNormAgain(
    rows: number,
    features: number,
    x: number,
    gamma: number,
    beta: number,
    stats: number,
    y: number,
  ): void;
  layerNormGradient(
    rows: number,
    features: number,
    dy: number,
    gamma: number,
    x: number,
    stats: number,
    dx: number,
    addToDx: number,
  ): void;
  crossEntropyStats(rows: number, classes: number, logits: number, counts: number, stats: number): void;
  crossEntropyGradient(
    rows: number,
    classes: number,
    logits: number,
    labels: number,
    counts: number,
    stats: number,
    smoothing: number,
    factor: number,
    share: number,
    d: number,
  ): void;
  attentionScratchBytes(length: number): number;
  attention(
    batch: number,
    length: number,
    heads: number,
    size: number,
    qkv: number,
    mask: number,
    causal: number,
    key: number,
    firstExample: number,
    limit: number,
    keep: number,
    out: number,
    scratch: number,
    work: number,
  ): void;
  attentionGradient(
    batch: number,
    length: number,
    heads: number,
    size: number,
    dy: number,
    qkv: number,
    mask: number,
    causal: number,
    key: number,
    firstExample: number,
    limit: number,
    keep: number,
    dqkv: number,
    scratch: number,
    work: number,
  ): void;
}

/** The little we use of WebAssembly; the libraries we compile against do not declare it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  validate(bytes: Uint8Array): boolean;
  instantiate(bytes: Uint8Array, imports: { env: { memory: WasmMemory } }): Promise<{ instance: { exports: unknown } }>;
};

/** A `WebAssembly.Memory`. */
export interface WasmMemory {
  /** Its bytes; another object after the memory has grown. */
  readonly buffer: ArrayBuffer;
}

/** Which of the compiled modules runs: with relaxed SIMD, products use fused multiply-add. */
export type KernelVariant = "simd" | "relaxed-simd";

/** (module (func (param v128) (result v128) local.get 0 local.get 0 local.get 0 f32x4.relaxed_madd)) */
const relaxedProbe = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 123, 1, 123, 3, 2, 1, 0],
  ...[10, 13, 1, 11, 0, 32, 0, 32, 0, 32, 0, 253, 133, 2, 11],
);

/** Whether WebAssembly may run: the Content-Security-Policy of a page can forbid it. */
export function mayCompile(): boolean {
  try {
    return new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)) !== undefined;
  } catch {
    return false;
  }
}

/** The best variant this runtime runs. */
export function kernelVariant(): KernelVariant {
  return WebAssembly.validate(relaxedProbe) ? "relaxed-simd" : "simd";
}

/** A compiled module. */
export async function kernelBytes(variant: KernelVariant): Promise<Uint8Array> {
  const { kernelsBinary } =
    variant === "simd" ? await import("./kernels-binary.ts") : await import("./kernels-binary-relaxed.ts");
  return Uint8Array.from(atob(kernelsBinary), (character) => character.charCodeAt(0));
}

/** Starts the kernels on a memory; it may grow later. */
export async function startKernels(memory: WasmMemory, variant = kernelVariant()): Promise<Kernels> {
  const { instance } = await WebAssembly.instantiate(await kernelBytes(variant), { env: { memory } });
  return instance.exports as Kernels;
}
