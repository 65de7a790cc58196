/** Below this many numbers a fresh array costs next to nothing. */
const smallest = 4096;
/** Bytes of a cache line: vectors and tiles that cross one cost twice, and products lose up to a third. */
const line = 64;
/** How far the total may exceed the most in use: a step's small needs must not cost the large buffers of the next. */
const slack = 1.125;

/**
 * Large float32 arrays that are used again: a fresh one costs a page fault for every 4 KiB, more than most kernels take
 * to fill it. Arrays come uninitialised and begin with a cache line. What is unused is let go where it would make the
 * total exceed the most that was ever in use at once by more than an eighth.
 */
export class FloatPool {
  readonly #misalignment: (values: Float32Array) => number;
  /** Where the first cache line of a buffer begins, in bytes. */
  readonly #starts = new WeakMap<ArrayBufferLike, number>();
  /** Buffers handed out, which nobody else holds. */
  readonly #live = new Set<ArrayBufferLike>();
  /** Unused buffers, the least recently used first. */
  #free: ArrayBuffer[] = [];
  #liveBytes = 0;
  #freeBytes = 0;
  #mostBytes = 0;

  /** @param misalignment how many bytes after a cache line's begin an array starts */
  constructor(misalignment: (values: Float32Array) => number) {
    this.#misalignment = misalignment;
  }

  /** An array of this many numbers, whatever they are. */
  take(count: number): Float32Array {
    if (count < smallest) return new Float32Array(count);
    const bytes = 4 * count;
    const buffer = this.#fitting(bytes) ?? this.#allocate(rounded(bytes));
    this.#live.add(buffer);
    this.#liveBytes += buffer.byteLength;
    this.#mostBytes = Math.max(this.#mostBytes, this.#liveBytes);
    this.#shrink();
    return new Float32Array(buffer, this.#starts.get(buffer), count);
  }

  /** Says that somebody else holds this buffer from now on: it is never used again. */
  escape(buffer: ArrayBufferLike): void {
    if (this.#live.delete(buffer)) this.#liveBytes -= buffer.byteLength;
  }

  /** Takes an array back, unless it has escaped or never came from here. */
  release({ buffer }: Float32Array): void {
    if (!this.#live.delete(buffer)) return;
    this.#liveBytes -= buffer.byteLength;
    this.#free.push(buffer as ArrayBuffer);
    this.#freeBytes += buffer.byteLength;
    this.#shrink();
  }

  /** Lets go of everything unused. */
  clear(): void {
    this.#free = [];
    this.#freeBytes = 0;
    this.#mostBytes = this.#liveBytes;
  }

  #allocate(bytes: number): ArrayBuffer {
    const buffer = new ArrayBuffer(bytes + line);
    this.#starts.set(buffer, (line - this.#misalignment(new Float32Array(buffer, 0, 1))) % line);
    return buffer;
  }

  /** Takes out the smallest unused buffer that is large enough and not half empty; of several the latest used. */
  #fitting(bytes: number): ArrayBuffer | undefined {
    let best = -1;
    for (let i = this.#free.length - 1; i >= 0; i--) {
      const size = this.#free[i]?.byteLength ?? 0;
      if (size < bytes + line || size > 1.5 * bytes + line) continue;
      if (best < 0 || size < (this.#free[best]?.byteLength ?? 0)) best = i;
    }
    const [buffer] = best < 0 ? [] : this.#free.splice(best, 1);
    this.#freeBytes -= buffer?.byteLength ?? 0;
    return buffer;
  }

  /**
   * Lets go of the smallest buffers that make room: those of other sizes are what the next step will ask for again, the
   * largest (logits over a vocabulary) above all.
   */
  #shrink(): void {
    for (;;) {
      const excess = this.#liveBytes + this.#freeBytes - this.#mostBytes * slack;
      if (excess <= 0 || this.#free.length === 0) return;
      const large = this.#free.filter(({ byteLength }) => byteLength >= excess);
      const [first, ...rest] = large.length > 0 ? large : this.#free;
      const smaller = (a: ArrayBuffer, b: ArrayBuffer) => (b.byteLength < a.byteLength ? b : a);
      const larger = (a: ArrayBuffer, b: ArrayBuffer) => (b.byteLength > a.byteLength ? b : a);
      const dropped = rest.reduce(large.length > 0 ? smaller : larger, first as ArrayBuffer);
      this.#free.splice(this.#free.indexOf(dropped), 1);
      this.#freeBytes -= dropped.byteLength;
    }
  }
}

/** Up to the next of eight steps between powers of two, so that batches of almost equal length share buffers. */
function rounded(bytes: number): number {
  const step = 2 ** Math.max(12, Math.floor(Math.log2(bytes)) - 3);
  return Math.ceil(bytes / step) * step;
}
