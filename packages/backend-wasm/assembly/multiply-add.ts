/** acc + a · b, rounded twice: standard WebAssembly SIMD has no fused multiply-add. */
// @ts-ignore: decorator
@inline
export function multiplyAdd(acc: v128, a: v128, b: v128): v128 {
  return f32x4.add(acc, f32x4.mul(a, b));
}
