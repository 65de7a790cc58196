/**
 * acc + a · b in one instruction where the processor has it, rounded once. Compiled in the place of multiply-add.ts
 * for runtimes with relaxed SIMD.
 */
// @ts-ignore: decorator
@inline
export function multiplyAdd(acc: v128, a: v128, b: v128): v128 {
  return f32x4.relaxed_madd(a, b, acc);
}
