import { type Kernels, type KernelVariant, startKernels, type WasmMemory } from "../kernel-module.ts";

declare const WebAssembly: { readonly Memory: new (limits: { initial: number }) => WasmMemory };

const guardBytes = 64;
/** A NaN with a payload: what reads it gives NaN, and nothing computes it. */
const pattern = 0x7fc0dead;

/** Memory for kernels in which every piece lies between guard zones. Fresh pieces hold NaN until they are written. */
export class GuardedMemory {
  /** The kernels, on this memory. */
  readonly kernels: Kernels;
  /** Work space of the products. */
  readonly work: number;
  readonly #memory: WasmMemory;
  readonly #guards: number[] = [];
  #next = guardBytes;

  private constructor(kernels: Kernels, memory: WasmMemory) {
    this.kernels = kernels;
    this.#memory = memory;
    new Uint32Array(memory.buffer).fill(pattern);
    this.work = this.take(kernels.gemmWorkBytes() / 4);
  }

  static async create(mebibytes: number, variant: KernelVariant): Promise<GuardedMemory> {
    const memory = new WebAssembly.Memory({ initial: mebibytes * 16 });
    return new GuardedMemory(await startKernels(memory, variant), memory);
  }

  /** Room for float32 numbers, 4 bytes off any greater alignment. */
  take(count: number): number {
    const pointer = this.#next + 4;
    this.#guards.push(pointer - 4, pointer + 4 * count);
    this.#next = pointer + 4 * count + guardBytes;
    if (this.#next > this.#memory.buffer.byteLength) throw new RangeError("the guarded memory is full");
    return pointer;
  }

  /** A copy of numbers. */
  put(values: ArrayLike<number>): number {
    const pointer = this.take(values.length);
    this.floats(pointer, values.length).set(values);
    return pointer;
  }

  /** A copy of integers. */
  putIntegers(values: ArrayLike<number>): number {
    const pointer = this.take(values.length);
    new Int32Array(this.#memory.buffer, pointer, values.length).set(values);
    return pointer;
  }

  /** Numbers at a place. */
  floats(pointer: number, count: number): Float32Array {
    return new Float32Array(this.#memory.buffer, pointer, count);
  }

  /** Where something was written outside of the pieces; empty when nothing was. */
  damage(): number[] {
    const words = new Uint32Array(this.#memory.buffer);
    const zone = guardBytes / 4 - 1;
    const hurt: number[] = [];
    for (const [index, at] of this.#guards.entries()) {
      const first = at / 4 - (index % 2 === 0 ? zone - 1 : 0);
      for (let word = first; word < first + zone; word++) if (words[word] !== pattern) hurt.push(4 * word);
    }
    return hurt;
  }

  /** Forgets every piece but the work space. */
  clear(): void {
    const end = this.work + this.kernels.gemmWorkBytes();
    this.#guards.length = 2;
    this.#next = end + guardBytes;
    new Uint32Array(this.#memory.buffer, end).fill(pattern);
  }
}
