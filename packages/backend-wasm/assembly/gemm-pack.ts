/**
 * Packing for the matrix product: copies a block of A into panels `[k][6]` (the last ones `[k][4]` or `[k][2]`) and a
 * block of B into panels `[k][8]`, so that the register tiles read both in one stream. It costs one pass over each
 * matrix, small against the product itself: about 1/rows of it for B.
 */
import { highHalves, interleaveHigh, interleaveLow, lowHalves } from "./simd";

/** Height of the panel that starts with `rows` rows left: 6, 4 or 2. Missing rows are zeros. */
export function panelRows(rows: i32): i32 {
  return rows >= 5 ? 6 : rows >= 3 ? 4 : 2;
}

/** Any panel, element by element. `rowStep` and `kStep` in bytes. */
function packScalar(rows: i32, height: i32, k: i32, source: usize, rowStep: usize, kStep: usize, target: usize): void {
  for (let i = 0; i < k; i++) {
    let from = source;
    for (let r = 0; r < height; r++) {
      store<f32>(target, r < rows ? load<f32>(from) : 0);
      target += 4;
      from += rowStep;
    }
    source += kStep;
  }
}

/** Six full rows of a row-major matrix. */
function packSixRows(k: i32, source: usize, ld: usize, target: usize): void {
  const blocks = k >> 2;
  for (let i = 0; i < blocks; i++) {
    let row = source;
    const r0 = v128.load(row);
    row += ld;
    const r1 = v128.load(row);
    row += ld;
    const r2 = v128.load(row);
    row += ld;
    const r3 = v128.load(row);
    row += ld;
    const r4 = v128.load(row);
    row += ld;
    const r5 = v128.load(row);
    const low01 = interleaveLow(r0, r1),
      high01 = interleaveHigh(r0, r1);
    const low23 = interleaveLow(r2, r3),
      high23 = interleaveHigh(r2, r3);
    const low45 = interleaveLow(r4, r5),
      high45 = interleaveHigh(r4, r5);
    v128.store(target, lowHalves(low01, low23));
    v128.store64_lane(target, low45, 0, 16);
    v128.store(target, highHalves(low01, low23), 24);
    v128.store64_lane(target, low45, 1, 40);
    v128.store(target, lowHalves(high01, high23), 48);
    v128.store64_lane(target, high45, 0, 64);
    v128.store(target, highHalves(high01, high23), 72);
    v128.store64_lane(target, high45, 1, 88);
    source += 16;
    target += 96;
  }
  packScalar(6, 6, k & 3, source, ld, 4, target);
}

/** Six full columns, `[k, 6]` with row step `ld`. */
function packSixColumns(k: i32, source: usize, ld: usize, target: usize): void {
  for (let i = 0; i < k; i++) {
    v128.store(target, v128.load(source));
    store<u64>(target, load<u64>(source, 16), 16);
    source += ld;
    target += 24;
  }
}

/** Packs `rows × k` of A. `transposed`: A is stored `[k, rows]`. `ld` in bytes. */
export function packA(rows: i32, k: i32, a: usize, ld: usize, transposed: bool, target: usize): void {
  const rowStep: usize = transposed ? 4 : ld;
  const kStep: usize = transposed ? ld : 4;
  for (let i = 0; i < rows; ) {
    const left = rows - i;
    const height = panelRows(left);
    if (left < 6) packScalar(min(left, height), height, k, a, rowStep, kStep, target);
    else if (transposed) packSixColumns(k, a, ld, target);
    else packSixRows(k, a, ld, target);
    i += height;
    a += <usize>height * rowStep;
    target += (<usize>(height * k)) << 2;
  }
}

/** Two panels, sixteen columns of a row-major matrix: whole cache lines. */
function packSixteenColumns(k: i32, source: usize, ld: usize, target: usize): void {
  let second = target + ((<usize>k) << 5);
  for (let i = 0; i < k; i++) {
    v128.store(target, v128.load(source));
    v128.store(target, v128.load(source, 16), 16);
    v128.store(second, v128.load(source, 32));
    v128.store(second, v128.load(source, 48), 16);
    source += ld;
    target += 32;
    second += 32;
  }
}

function packEightColumns(k: i32, source: usize, ld: usize, target: usize): void {
  for (let i = 0; i < k; i++) {
    v128.store(target, v128.load(source));
    v128.store(target, v128.load(source, 16), 16);
    source += ld;
    target += 32;
  }
}

/** Four rows of `[n, k]` as half a panel: columns 0–3 or 4–7 of `[k][8]`. */
function packFourRows(k: i32, source: usize, ld: usize, target: usize): void {
  const blocks = k >> 2;
  for (let i = 0; i < blocks; i++) {
    let row = source;
    const r0 = v128.load(row);
    row += ld;
    const r1 = v128.load(row);
    row += ld;
    const r2 = v128.load(row);
    row += ld;
    const r3 = v128.load(row);
    const low01 = interleaveLow(r0, r1),
      high01 = interleaveHigh(r0, r1);
    const low23 = interleaveLow(r2, r3),
      high23 = interleaveHigh(r2, r3);
    v128.store(target, lowHalves(low01, low23));
    v128.store(target, highHalves(low01, low23), 32);
    v128.store(target, lowHalves(high01, high23), 64);
    v128.store(target, highHalves(high01, high23), 96);
    source += 16;
    target += 128;
  }
  for (let i = k & 3; i > 0; i--) {
    let row = source;
    store<f32>(target, load<f32>(row));
    row += ld;
    store<f32>(target, load<f32>(row), 4);
    row += ld;
    store<f32>(target, load<f32>(row), 8);
    row += ld;
    store<f32>(target, load<f32>(row), 12);
    source += 4;
    target += 32;
  }
}

/** Packs `k × columns` of B. `transposed`: B is stored `[columns, k]`. `ld` in bytes. */
export function packB(k: i32, columns: i32, b: usize, ld: usize, transposed: bool, target: usize): void {
  const panel = (<usize>k) << 5;
  let j = 0;
  if (transposed) {
    for (; j + 8 <= columns; j += 8) {
      packFourRows(k, b, ld, target);
      packFourRows(k, b + 4 * ld, ld, target + 16);
      b += 8 * ld;
      target += panel;
    }
  } else {
    for (; j + 16 <= columns; j += 16) {
      packSixteenColumns(k, b, ld, target);
      b += 64;
      target += 2 * panel;
    }
    if (j + 8 <= columns) {
      packEightColumns(k, b, ld, target);
      j += 8;
      b += 32;
      target += panel;
    }
  }
  if (j < columns) packScalar(columns - j, 8, k, b, transposed ? ld : 4, transposed ? 4 : ld, target);
}
