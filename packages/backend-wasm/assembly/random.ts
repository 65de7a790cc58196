/** The counter-based generator of the tensor package, bit for bit (random.ts and dropout-mask.ts there). */

const COLUMN_STEP: i32 = 0x9e3779b1;

// @ts-ignore: decorator
@inline
function mix32(word: i32): i32 {
  let h = word;
  h = (h ^ (h >>> 16)) * 0x21f0aaad;
  h = (h ^ (h >>> 15)) * 0xd35a2d97;
  return h ^ (h >>> 15);
}

/** Derives a new key from a key and a coordinate. */
export function foldKey(key: i32, coordinate: i32): i32 {
  return mix32(mix32(key ^ 0x9e3779b9) + coordinate);
}

/** The counters of columns 0 to 3 of a row. */
export function firstCounters(rowKey: i32): v128 {
  return i32x4.add(i32x4.splat(rowKey), i32x4(0, COLUMN_STEP, 2 * COLUMN_STEP, 3 * COLUMN_STEP));
}

/** The counters of the next four columns. */
// @ts-ignore: decorator
@inline
export function nextCounters(counters: v128): v128 {
  return i32x4.add(counters, i32x4.splat(4 * COLUMN_STEP));
}

/** Factors of inverted dropout for four counters: `keep` where the random word is above `limit`, 0 elsewhere. */
// @ts-ignore: decorator
@inline
export function dropoutFactors(counters: v128, limit: i32, keep: v128): v128 {
  let h = v128.xor(counters, i32x4.shr_u(counters, 16));
  h = i32x4.mul(h, i32x4.splat(0x21f0aaad));
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 15)), i32x4.splat(0xd35a2d97));
  h = v128.xor(h, i32x4.shr_u(h, 15));
  return v128.and(keep, i32x4.gt_u(h, i32x4.splat(limit)));
}
