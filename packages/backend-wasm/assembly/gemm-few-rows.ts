/** Products with few rows, as in generation token by token: B is read once, where it lies, for packing would cost more. */
import { FROM_BIAS, FROM_C } from "./gemm-tile";
import { multiplyAdd } from "./multiply-add";
import { highHalves, interleaveHigh, interleaveLow, loadSome, lowHalves, storeSome } from "./simd";

/** Up to so many rows of A against a B stored `[k, n]`. */
export const FEW_ROWS: i32 = 4;
/** The same against a B stored `[n, k]`. */
export const FEW_ROWS_TRANSPOSED: i32 = 8;

/** Sums of the lanes of four vectors, as one. */
// @ts-ignore: decorator
@inline
function sumsOfFour(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(interleaveLow(a, b), interleaveHigh(a, b));
  const cd = f32x4.add(interleaveLow(c, d), interleaveHigh(c, d));
  return f32x4.add(lowHalves(ab, cd), highHalves(ab, cd));
}

// @ts-ignore: decorator
@inline
function finish(sums: v128, columns: i32, c: usize, from: i32, bias: usize): void {
  if (columns == 4) {
    if (from == FROM_C) sums = f32x4.add(v128.load(c), sums);
    else if (from == FROM_BIAS) sums = f32x4.add(v128.load(bias), sums);
    v128.store(c, sums);
  } else {
    if (from == FROM_C) sums = f32x4.add(loadSome(c, columns), sums);
    else if (from == FROM_BIAS) sums = f32x4.add(loadSome(bias, columns), sums);
    storeSome(c, sums, columns);
  }
}

/** C = A · Bᵀ from rows of both: four of B against two of A at a time. Steps in bytes. */
export function dotRows(
  m: i32, n: i32, k: i32, a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, from: i32, bias: usize,
): void {
  const whole = k & ~3;
  for (let j = 0; j < n; j += 4) {
    const columns = min(4, n - j);
    // Rows that do not exist are stood in for by the first.
    const b0 = b, b1 = columns > 1 ? b + ldb : b, b2 = columns > 2 ? b + 2 * ldb : b, b3 = columns > 3 ? b + 3 * ldb : b;
    let row = a;
    let target = c;
    for (let i = 0; i < m; i += 2) {
      const second = i + 1 < m ? row + lda : row;
      let s00 = f32x4.splat(0), s01 = s00, s02 = s00, s03 = s00, s10 = s00, s11 = s00, s12 = s00, s13 = s00;
      let at: usize = 0;
      for (let p = 0; p < whole; p += 4) {
        const x0 = v128.load(row + at), x1 = v128.load(second + at);
        let y = v128.load(b0 + at);
        s00 = multiplyAdd(s00, x0, y); s10 = multiplyAdd(s10, x1, y);
        y = v128.load(b1 + at);
        s01 = multiplyAdd(s01, x0, y); s11 = multiplyAdd(s11, x1, y);
        y = v128.load(b2 + at);
        s02 = multiplyAdd(s02, x0, y); s12 = multiplyAdd(s12, x1, y);
        y = v128.load(b3 + at);
        s03 = multiplyAdd(s03, x0, y); s13 = multiplyAdd(s13, x1, y);
        at += 16;
      }
      const left = k - whole;
      if (left > 0) {
        const x0 = loadSome(row + at, left), x1 = loadSome(second + at, left);
        let y = loadSome(b0 + at, left);
        s00 = multiplyAdd(s00, x0, y); s10 = multiplyAdd(s10, x1, y);
        y = loadSome(b1 + at, left);
        s01 = multiplyAdd(s01, x0, y); s11 = multiplyAdd(s11, x1, y);
        y = loadSome(b2 + at, left);
        s02 = multiplyAdd(s02, x0, y); s12 = multiplyAdd(s12, x1, y);
        y = loadSome(b3 + at, left);
        s03 = multiplyAdd(s03, x0, y); s13 = multiplyAdd(s13, x1, y);
      }
      finish(sumsOfFour(s00, s01, s02, s03), columns, target, from, bias);
      if (i + 1 < m) finish(sumsOfFour(s10, s11, s12, s13), columns, target + ldc, from, bias);
      row += 2 * lda;
      target += 2 * ldc;
    }
    b += 4 * ldb;
    c += 16;
    bias += 16;
  }
}

/** c += x0 · b0 + x1 · b1 + x2 · b2 + x3 · b3 for rows of n numbers, added one after the other. */
function addFourRows(
  n: i32, x0: v128, x1: v128, x2: v128, x3: v128, b: usize, ldb: usize, c: usize,
): void {
  let b1 = b + ldb, b2 = b1 + ldb, b3 = b2 + ldb;
  let j = 0;
  for (; j + 4 <= n; j += 4) {
    let sum = multiplyAdd(v128.load(c), x0, v128.load(b));
    sum = multiplyAdd(sum, x1, v128.load(b1));
    sum = multiplyAdd(sum, x2, v128.load(b2));
    v128.store(c, multiplyAdd(sum, x3, v128.load(b3)));
    b += 16;
    b1 += 16;
    b2 += 16;
    b3 += 16;
    c += 16;
  }
  const left = n - j;
  if (left > 0) {
    let sum = multiplyAdd(loadSome(c, left), x0, loadSome(b, left));
    sum = multiplyAdd(sum, x1, loadSome(b1, left));
    sum = multiplyAdd(sum, x2, loadSome(b2, left));
    storeSome(c, multiplyAdd(sum, x3, loadSome(b3, left)), left);
  }
}

function addRow(n: i32, x: v128, b: usize, c: usize): void {
  let j = 0;
  for (; j + 4 <= n; j += 4) {
    v128.store(c, multiplyAdd(v128.load(c), x, v128.load(b)));
    b += 16;
    c += 16;
  }
  const left = n - j;
  if (left > 0) storeSome(c, multiplyAdd(loadSome(c, left), x, loadSome(b, left)), left);
}

/** C = A · B from rows of B, four at a time: each is read in one stream, and summed in the order of the tiles. */
export function combineRows(
  m: i32, n: i32, k: i32, a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, from: i32, bias: usize,
): void {
  const bytes = <usize>n << 2;
  if (from != FROM_C) {
    for (let i = 0; i < m; i++) {
      const row = c + <usize>i * ldc;
      if (from == FROM_BIAS) memory.copy(row, bias, bytes);
      else memory.fill(row, 0, bytes);
    }
  }
  let p = 0;
  for (; p + 4 <= k; p += 4) {
    for (let i = 0; i < m; i++) {
      const x = a + <usize>i * lda;
      const x0 = v128.load32_splat(x), x1 = v128.load32_splat(x, 4);
      const x2 = v128.load32_splat(x, 8), x3 = v128.load32_splat(x, 12);
      addFourRows(n, x0, x1, x2, x3, b, ldb, c + <usize>i * ldc);
    }
    a += 16;
    b += 4 * ldb;
  }
  for (; p < k; p++) {
    for (let i = 0; i < m; i++) addRow(n, v128.load32_splat(a + <usize>i * lda), b, c + <usize>i * ldc);
    a += 4;
    b += ldb;
  }
}
