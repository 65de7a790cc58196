/** The row-wise half of attention: softmax with masking, its gradient, and dropout, on blocks of scores in scratch. */
import { exp4 } from "./exp";
import { dropoutFactors, firstCounters, foldKey, nextCounters } from "./random";
import { multiplyAdd } from "./multiply-add";
import { greater, maxLanes, sumLanes } from "./simd";

/** Columns rounded up to whole vectors. */
export function paddedColumns(columns: i32): i32 {
  return (columns + 3) & ~3;
}

/** Zeroes the columns that pad each row to whole vectors. `ld` in bytes. */
export function clearPadding(rows: i32, columns: i32, block: usize, ld: usize): void {
  const bytes = <usize>(paddedColumns(columns) - columns) << 2;
  if (bytes == 0) return;
  block += <usize>columns << 2;
  for (let r = 0; r < rows; r++) {
    memory.fill(block, 0, bytes);
    block += ld;
  }
}

/** An additive mask on the keys of one example, padded with -∞ to whole vectors. `mask` 0: nothing is hidden. */
export function copyMask(length: i32, mask: usize, target: usize): void {
  if (mask != 0) memory.copy(target, mask, <usize>length << 2);
  else memory.fill(target, 0, <usize>length << 2);
  for (let i = length; i < paddedColumns(length); i++) store<f32>(target + (<usize>i << 2), -Infinity);
}

/**
 * Rows of scores become rows of probabilities: softmax(score · scale + mask). A NaN among the scores is no greatest
 * one, but its power makes the whole row NaN.
 *
 * @param firstRow query position of the first row; columns after a row's own get `future` added
 * @param future 0: every token sees every other; otherwise what hides the tokens to come
 */
export function softmaxRows(
  rows: i32, columns: i32, block: usize, ld: usize, mask: usize, scale: f32, firstRow: i32, future: f32,
): void {
  const whole = paddedColumns(columns);
  const factor = f32x4.splat(scale), hide = f32x4.splat(future);
  for (let r = 0; r < rows; r++) {
    const visible = future == 0 ? whole : min(whole, (firstRow + r) & ~3);
    let greatest = f32x4.splat(-Infinity);
    let at: usize = 0;
    let i = 0;
    for (; i < visible; i += 4) {
      const v = multiplyAdd(v128.load(mask + at), v128.load(block + at), factor);
      v128.store(block + at, v);
      greatest = greater(greatest, v);
      at += 16;
    }
    for (; i < whole; i += 4) {
      const lanes = i32x4.add(i32x4.splat(i), i32x4(0, 1, 2, 3));
      const hidden = v128.and(hide, i32x4.gt_s(lanes, i32x4.splat(firstRow + r)));
      const v = f32x4.add(multiplyAdd(v128.load(mask + at), v128.load(block + at), factor), hidden);
      v128.store(block + at, v);
      greatest = greater(greatest, v);
      at += 16;
    }
    normaliseRow(whole, block, maxLanes(greatest));
    block += ld;
  }
}

function normaliseRow(whole: i32, row: usize, greatest: f32): void {
  const shift = f32x4.splat(greatest);
  let total = f32x4.splat(0);
  let at = row;
  for (let i = 0; i < whole; i += 4) {
    const v = exp4(f32x4.sub(v128.load(at), shift));
    v128.store(at, v);
    total = f32x4.add(total, v);
    at += 16;
  }
  const share = f32x4.splat(1 / sumLanes(total));
  at = row;
  for (let i = 0; i < whole; i += 4) {
    v128.store(at, f32x4.mul(v128.load(at), share));
    at += 16;
  }
}

/** target = block ∘ mask of inverted dropout for one head; they may be the same. */
export function dropRows(
  rows: i32, columns: i32, block: usize, target: usize, ld: usize, headKey: i32, firstRow: i32, limit: i32, keep: f32,
): void {
  const whole = paddedColumns(columns);
  const factor = f32x4.splat(keep);
  for (let r = 0; r < rows; r++) {
    let counters = firstCounters(foldKey(headKey, firstRow + r));
    let at: usize = 0;
    for (let i = 0; i < whole; i += 4) {
      v128.store(target + at, f32x4.mul(v128.load(block + at), dropoutFactors(counters, limit, factor)));
      counters = nextCounters(counters);
      at += 16;
    }
    block += ld;
    target += ld;
  }
}

/** Gradient of softmax(score · scale) in place of dp: p ∘ (dp - Σ p ∘ dp) · scale for each row. */
export function softmaxGradientRows(rows: i32, columns: i32, p: usize, dp: usize, ld: usize, scale: f32): void {
  const whole = paddedColumns(columns);
  for (let r = 0; r < rows; r++) {
    let sum = f32x4.splat(0);
    let at: usize = 0;
    for (let i = 0; i < whole; i += 4) {
      sum = multiplyAdd(sum, v128.load(p + at), v128.load(dp + at));
      at += 16;
    }
    // Σ P·dP rather than dO·O: where tokens are alike the two nearly cancel and the latter loses the digits.
    const along = f32x4.splat(sumLanes(sum)), factor = f32x4.splat(scale);
    at = 0;
    for (let i = 0; i < whole; i += 4) {
      const centred = f32x4.sub(v128.load(dp + at), along);
      v128.store(dp + at, f32x4.mul(f32x4.mul(v128.load(p + at), centred), factor));
      at += 16;
    }
    p += ld;
    dp += ld;
  }
}
