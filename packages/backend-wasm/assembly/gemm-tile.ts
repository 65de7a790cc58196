/**
 * The register tiles of the matrix product: C[m × 8] from a panel of A `[k][m]` and a panel of B `[k][8]`, both packed.
 * Six rows by eight columns fill twelve of the sixteen vector registers of x86-64; two hold B, one the broadcast of A.
 * Every element is summed over k in order, in every tile, so a row's result does not depend on how many rows there are
 * (but for the dot products that few rows with a transposed B take).
 */
import { multiplyAdd } from "./multiply-add";

/** What a tile starts from: zero, what C holds, or the bias of its columns. */
export const FROM_ZERO: i32 = 0;
export const FROM_C: i32 = 1;
export const FROM_BIAS: i32 = 2;

/** C[6 × 8]. `ldc` in bytes; `bias` is read with FROM_BIAS only. */
export function tile6(k: i32, a: usize, b: usize, c: usize, ldc: usize, from: i32, bias: usize): void {
  let c00 = f32x4.splat(0),
    c01 = c00,
    c10 = c00,
    c11 = c00,
    c20 = c00,
    c21 = c00;
  let c30 = c00,
    c31 = c00,
    c40 = c00,
    c41 = c00,
    c50 = c00,
    c51 = c00;
  let row = c;
  if (from == FROM_C) {
    c00 = v128.load(row);
    c01 = v128.load(row, 16);
    row += ldc;
    c10 = v128.load(row);
    c11 = v128.load(row, 16);
    row += ldc;
    c20 = v128.load(row);
    c21 = v128.load(row, 16);
    row += ldc;
    c30 = v128.load(row);
    c31 = v128.load(row, 16);
    row += ldc;
    c40 = v128.load(row);
    c41 = v128.load(row, 16);
    row += ldc;
    c50 = v128.load(row);
    c51 = v128.load(row, 16);
  } else if (from == FROM_BIAS) {
    c00 = v128.load(bias);
    c10 = c00;
    c20 = c00;
    c30 = c00;
    c40 = c00;
    c50 = c00;
    c01 = v128.load(bias, 16);
    c11 = c01;
    c21 = c01;
    c31 = c01;
    c41 = c01;
    c51 = c01;
  }
  for (; k > 0; k--) {
    const b0 = v128.load(b),
      b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = multiplyAdd(c00, x, b0);
    c01 = multiplyAdd(c01, x, b1);
    x = v128.load32_splat(a, 4);
    c10 = multiplyAdd(c10, x, b0);
    c11 = multiplyAdd(c11, x, b1);
    x = v128.load32_splat(a, 8);
    c20 = multiplyAdd(c20, x, b0);
    c21 = multiplyAdd(c21, x, b1);
    x = v128.load32_splat(a, 12);
    c30 = multiplyAdd(c30, x, b0);
    c31 = multiplyAdd(c31, x, b1);
    x = v128.load32_splat(a, 16);
    c40 = multiplyAdd(c40, x, b0);
    c41 = multiplyAdd(c41, x, b1);
    x = v128.load32_splat(a, 20);
    c50 = multiplyAdd(c50, x, b0);
    c51 = multiplyAdd(c51, x, b1);
    a += 24;
    b += 32;
  }
  row = c;
  v128.store(row, c00);
  v128.store(row, c01, 16);
  row += ldc;
  v128.store(row, c10);
  v128.store(row, c11, 16);
  row += ldc;
  v128.store(row, c20);
  v128.store(row, c21, 16);
  row += ldc;
  v128.store(row, c30);
  v128.store(row, c31, 16);
  row += ldc;
  v128.store(row, c40);
  v128.store(row, c41, 16);
  row += ldc;
  v128.store(row, c50);
  v128.store(row, c51, 16);
}

/** C[4 × 8]. */
export function tile4(k: i32, a: usize, b: usize, c: usize, ldc: usize, from: i32, bias: usize): void {
  let c00 = f32x4.splat(0),
    c01 = c00,
    c10 = c00,
    c11 = c00,
    c20 = c00,
    c21 = c00,
    c30 = c00,
    c31 = c00;
  let row = c;
  if (from == FROM_C) {
    c00 = v128.load(row);
    c01 = v128.load(row, 16);
    row += ldc;
    c10 = v128.load(row);
    c11 = v128.load(row, 16);
    row += ldc;
    c20 = v128.load(row);
    c21 = v128.load(row, 16);
    row += ldc;
    c30 = v128.load(row);
    c31 = v128.load(row, 16);
  } else if (from == FROM_BIAS) {
    c00 = v128.load(bias);
    c10 = c00;
    c20 = c00;
    c30 = c00;
    c01 = v128.load(bias, 16);
    c11 = c01;
    c21 = c01;
    c31 = c01;
  }
  for (; k > 0; k--) {
    const b0 = v128.load(b),
      b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = multiplyAdd(c00, x, b0);
    c01 = multiplyAdd(c01, x, b1);
    x = v128.load32_splat(a, 4);
    c10 = multiplyAdd(c10, x, b0);
    c11 = multiplyAdd(c11, x, b1);
    x = v128.load32_splat(a, 8);
    c20 = multiplyAdd(c20, x, b0);
    c21 = multiplyAdd(c21, x, b1);
    x = v128.load32_splat(a, 12);
    c30 = multiplyAdd(c30, x, b0);
    c31 = multiplyAdd(c31, x, b1);
    a += 16;
    b += 32;
  }
  row = c;
  v128.store(row, c00);
  v128.store(row, c01, 16);
  row += ldc;
  v128.store(row, c10);
  v128.store(row, c11, 16);
  row += ldc;
  v128.store(row, c20);
  v128.store(row, c21, 16);
  row += ldc;
  v128.store(row, c30);
  v128.store(row, c31, 16);
}

/** C[2 × 8]. */
export function tile2(k: i32, a: usize, b: usize, c: usize, ldc: usize, from: i32, bias: usize): void {
  let c00 = f32x4.splat(0),
    c01 = c00,
    c10 = c00,
    c11 = c00;
  if (from == FROM_C) {
    c00 = v128.load(c);
    c01 = v128.load(c, 16);
    c10 = v128.load(c + ldc);
    c11 = v128.load(c + ldc, 16);
  } else if (from == FROM_BIAS) {
    c00 = v128.load(bias);
    c10 = c00;
    c01 = v128.load(bias, 16);
    c11 = c01;
  }
  for (; k > 0; k--) {
    const b0 = v128.load(b),
      b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = multiplyAdd(c00, x, b0);
    c01 = multiplyAdd(c01, x, b1);
    x = v128.load32_splat(a, 4);
    c10 = multiplyAdd(c10, x, b0);
    c11 = multiplyAdd(c11, x, b1);
    a += 8;
    b += 32;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c + ldc, c10);
  v128.store(c + ldc, c11, 16);
}
