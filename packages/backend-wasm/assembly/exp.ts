import { multiplyAdd } from "./multiply-add";

const LOWEST: f32 = -87.33;
/** Adding 1.5 · 2^23 rounds to an integer and leaves it in the low bits. */
const ROUNDING: f32 = 12582912;

/**
 * e^x for x <= 0, within 2 units in the last place (Cephes' expf). Zero below -87.33, where the result would no longer
 * be a normal number. NaN gives NaN.
 */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const v = f32x4.pmax(x, f32x4.splat(LOWEST));
  const shifted = multiplyAdd(f32x4.splat(ROUNDING), v, f32x4.splat(1.4426950408889634));
  const n = f32x4.sub(shifted, f32x4.splat(ROUNDING));
  // ln 2 in two parts, the first short enough for n · ln 2 to be exact
  let r = multiplyAdd(v, n, f32x4.splat(-0.693359375));
  r = multiplyAdd(r, n, f32x4.splat(2.12194440e-4));
  let p = multiplyAdd(f32x4.splat(1.3981999507e-3), r, f32x4.splat(1.9875691500e-4));
  p = multiplyAdd(f32x4.splat(8.3334519073e-3), r, p);
  p = multiplyAdd(f32x4.splat(4.1665795894e-2), r, p);
  p = multiplyAdd(f32x4.splat(1.6666665459e-1), r, p);
  p = multiplyAdd(f32x4.splat(5.0000001201e-1), r, p);
  p = f32x4.add(multiplyAdd(r, f32x4.mul(r, r), p), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(shifted, i32x4.splat(127)), 23);
  return v128.andnot(f32x4.mul(p, power), f32x4.lt(x, f32x4.splat(LOWEST)));
}
