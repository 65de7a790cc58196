import type { DropoutKey } from "@dylora/tensor";
import { dropThreshold } from "@dylora/tensor";
import { KernelMemory } from "./module/kernel-memory.ts";
import { type Kernels, type KernelVariant, kernelVariant, startKernels } from "./module/kernel-module.ts";

/** The kernels, started on tfjs's memory. */
export interface KernelContext {
  readonly kernels: Kernels;
  readonly memory: KernelMemory;
  /** Work space of the matrix product. */
  readonly work: number;
}

const starts = new WeakMap<object, Map<KernelVariant, Promise<KernelContext>>>();
const started = new WeakMap<object, KernelContext>();

/** The kernels on the memory of a tfjs wasm backend; each variant is started once. */
export function kernelContextOf(backend: object, variant: KernelVariant = kernelVariant()): Promise<KernelContext> {
  const ofBackend = starts.get(backend) ?? new Map<KernelVariant, Promise<KernelContext>>();
  starts.set(backend, ofBackend);
  const context = ofBackend.get(variant) ?? startKernelContext(backend, variant);
  ofBackend.set(variant, context);
  return context;
}

/** The kernels on that memory that were started last, if any were. */
export function startedKernelContext(backend: object): KernelContext | undefined {
  return started.get(backend);
}

async function startKernelContext(backend: object, variant: KernelVariant): Promise<KernelContext> {
  const memory = new KernelMemory(backend);
  const kernels = await startKernels(memory.memory, variant);
  const alignment = 64;
  const start = memory.allocate(kernels.gemmWorkBytes() + alignment);
  const context: KernelContext = { kernels, memory, work: Math.ceil(start / alignment) * alignment };
  started.set(backend, context);
  return context;
}

/** A matrix in memory: where it starts and how many elements lie from one row to the next. */
export interface Matrix {
  readonly at: number;
  readonly step: number;
}

/** How {@link multiply} reads its operands and what it does with C. */
export interface ProductForm {
  /** A is stored `[k, m]`. */
  readonly transposeA?: boolean;
  /** B is stored `[n, k]`. */
  readonly transposeB?: boolean;
  /** Adds to what C holds. */
  readonly add?: boolean;
  /** Pointer to n numbers added to every row; not together with `add`. */
  readonly bias?: number;
}

/** The flags of the product kernels. */
export function productFlags({ transposeA, transposeB, add }: ProductForm): number {
  return (transposeA ? 1 : 0) | (transposeB ? 2 : 0) | (add ? 4 : 0);
}

/** C `[m, n]` = op(A) · op(B), with k summands each. */
export function multiply(
  { kernels, work }: KernelContext,
  [m, n, k]: readonly [m: number, n: number, k: number],
  a: Matrix,
  b: Matrix,
  c: Matrix,
  form: ProductForm = {},
): void {
  kernels.gemm(productFlags(form), m, n, k, a.at, a.step, b.at, b.step, c.at, c.step, form.bias ?? 0, work);
}

/** A dropout key as the kernels take it. */
export interface DropoutArguments {
  readonly key: number;
  readonly firstExample: number;
  /** Random words up to this one drop their element. */
  readonly limit: number;
  /** Factor of what is kept. */
  readonly keep: number;
}

/** Nothing where nothing would be dropped. */
export function dropoutArguments(dropoutKey: DropoutKey | undefined): DropoutArguments | undefined {
  const threshold = dropoutKey === undefined ? 0 : dropThreshold(dropoutKey.probability);
  if (dropoutKey === undefined || threshold === 0) return undefined;
  return {
    key: dropoutKey.key,
    firstExample: dropoutKey.firstExample ?? 0,
    limit: threshold - 1,
    keep: 1 / (1 - dropoutKey.probability),
  };
}
