const F16_TO_F32_BITS = { table: undefined as Uint32Array | undefined };

function f16Bits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (mantissa << 13);
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (mantissa << 13);
  if (mantissa === 0) return sign;
  // A subnormal half is a normal float32: shift the leading one out of the mantissa.
  const shift = Math.clz32(mantissa) - 21;
  return sign | ((113 - shift) << 23) | (((mantissa << shift) & 0x3ff) << 13);
}

function f16Table(): Uint32Array {
  F16_TO_F32_BITS.table ??= Uint32Array.from({ length: 0x10000 }, (_, half) => f16Bits(half));
  return F16_TO_F32_BITS.table;
}

/**
 * Widens IEEE half precision to float32, exactly: subnormals, infinities and NaN payloads included.
 *
 * @param halves bit patterns of the values
 * @param out receives the values from index `at`
 */
export function widenF16(halves: Uint16Array, out: Float32Array, at = 0): void {
  const table = f16Table();
  // Bits are moved as integers: a float round trip could alter a signalling NaN.
  const bits = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let i = 0; i < halves.length; i++) bits[at + i] = table[halves[i]!]!;
}

/**
 * Widens bfloat16 to float32, exactly.
 *
 * @param halves bit patterns of the values
 * @param out receives the values from index `at`
 */
export function widenBf16(halves: Uint16Array, out: Float32Array, at = 0): void {
  const bits = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let i = 0; i < halves.length; i++) bits[at + i] = halves[i]! << 16;
}

/**
 * Narrows float32 to IEEE half precision, rounding to nearest, ties to even; above 65504 to infinity, as IEEE 754
 * and PyTorch do.
 *
 * @returns The bit patterns.
 */
export function narrowToF16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = f32BitsToF16(bits[i]!);
  return out;
}

function f32BitsToF16(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00 | ((magnitude >> 13) & 0x1ff);
  // 65520 is half way to the first value above the largest half, 65504.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    const rebased = magnitude - 0x38000000;
    return sign | ((rebased + 0xfff + ((rebased >> 13) & 1)) >> 13);
  }
  if (magnitude < 0x33000000) return sign;
  // Subnormal half: the significand in units of 2^-24, with what is shifted out rounded.
  const shift = 126 - (magnitude >> 23);
  const significand = (magnitude & 0x7fffff) | 0x800000;
  const quotient = significand >> shift;
  const rest = significand & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return sign | (quotient + (rest > half || (rest === half && (quotient & 1) === 1) ? 1 : 0));
}

/**
 * Narrows float32 to bfloat16, rounding to nearest, ties to even, as PyTorch does.
 *
 * @returns The bit patterns.
 */
export function narrowToBf16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < out.length; i++) {
    const value = bits[i]!;
    const notANumber = (value & 0x7fffffff) > 0x7f800000;
    out[i] = notANumber ? (value >>> 16) | 0x40 : (value + 0x7fff + ((value >>> 16) & 1)) >>> 16;
  }
  return out;
}
