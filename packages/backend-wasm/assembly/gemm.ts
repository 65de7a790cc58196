/**
 * C = op(A) · op(B), with a bias or added to what C holds. Blocked after Goto and van de Geijn (2008): a block of B
 * is packed and stays in the outer cache, a block of A in the inner one, and register tiles run over both.
 */

import { combineRows, dotRows, FEW_ROWS, FEW_ROWS_TRANSPOSED } from "./gemm-few-rows";
import { packA, packB, panelRows } from "./gemm-pack";
import { FROM_BIAS, FROM_C, FROM_ZERO, tile2, tile4, tile6 } from "./gemm-tile";

const BLOCK_M: i32 = 96;
const BLOCK_K: i32 = 384;
const BLOCK_N: i32 = 512;
const EDGE_BYTES: usize = 6 * 8 * 4;

/** A is stored `[k, m]`. */
export const TRANSPOSE_A: i32 = 1;
/** B is stored `[n, k]`. */
export const TRANSPOSE_B: i32 = 2;
/** The product is added to C. */
export const ADD_TO_C: i32 = 4;

/** Bytes of work space a product needs. */
export function gemmWorkBytes(): usize {
  return ((<usize>(BLOCK_M + BLOCK_N) * BLOCK_K) << 2) + EDGE_BYTES;
}

// @ts-expect-error: decorator
@inline
function tile(height: i32, k: i32, a: usize, b: usize, c: usize, ldc: usize, from: i32, bias: usize): void {
  if (height == 6) tile6(k, a, b, c, ldc, from, bias);
  else if (height == 4) tile4(k, a, b, c, ldc, from, bias);
  else tile2(k, a, b, c, ldc, from, bias);
}

/** A tile that overlaps C's border, where only `rows × columns` of it exist: computed aside, from the same start. */
function edgeTile(
  rows: i32, columns: i32, height: i32, k: i32, a: usize, b: usize,
  c: usize, ldc: usize, from: i32, bias: usize, edge: usize,
): void {
  const start: usize = from == FROM_C ? c : bias;
  const startStep: usize = from == FROM_C ? ldc : 0;
  if (from != FROM_ZERO) {
    memory.fill(edge, 0, EDGE_BYTES);
    for (let i = 0; i < rows; i++) memory.copy(edge + (<usize>i << 5), start + <usize>i * startStep, <usize>columns << 2);
  }
  tile(height, k, a, b, edge, 32, from == FROM_ZERO ? FROM_ZERO : FROM_C, 0);
  for (let i = 0; i < rows; i++) memory.copy(c + <usize>i * ldc, edge + (<usize>i << 5), <usize>columns << 2);
}

/** All tiles of one packed block of A against one packed block of B. */
function multiplyBlock(
  m: i32, n: i32, k: i32, a: usize, b: usize, c: usize, ldc: usize, from: i32, bias: usize, edge: usize,
): void {
  for (let j = 0; j < n; j += 8) {
    const columns = min(8, n - j);
    let panel = a;
    let row = c;
    for (let i = 0; i < m; ) {
      const height = panelRows(m - i);
      const rows = min(height, m - i);
      if (rows == height && columns == 8) tile(height, k, panel, b, row, ldc, from, bias);
      else edgeTile(rows, columns, height, k, panel, b, row, ldc, from, bias, edge);
      panel += <usize>(height * k) << 2;
      row += <usize>height * ldc;
      i += height;
    }
    b += <usize>k << 5;
    c += 32;
    bias += 32;
  }
}

/** Length of the blocks an axis is cut into: as equal as can be, none above `most`. */
function blockLength(length: i32, most: i32, multiple: i32): i32 {
  const blocks = max(1, (length + most - 1) / most);
  const each = (length + blocks - 1) / blocks;
  return ((each + multiple - 1) / multiple) * multiple;
}

/**
 * @param flags TRANSPOSE_A | TRANSPOSE_B | ADD_TO_C
 * @param lda elements from one stored row of A to the next; ldb and ldc likewise
 * @param bias pointer to n numbers, or 0; not together with ADD_TO_C
 * @param work gemmWorkBytes() bytes; faster when a cache line starts there
 */
export function gemm(
  flags: i32, m: i32, n: i32, k: i32,
  a: usize, lda: i32, b: usize, ldb: i32, c: usize, ldc: i32, bias: usize, work: usize,
): void {
  const transposeA = (flags & TRANSPOSE_A) != 0, transposeB = (flags & TRANSPOSE_B) != 0;
  const stepA = <usize>lda << 2, stepB = <usize>ldb << 2, stepC = <usize>ldc << 2;
  const start = (flags & ADD_TO_C) != 0 ? FROM_C : bias != 0 ? FROM_BIAS : FROM_ZERO;
  if (!transposeA && m <= (transposeB ? FEW_ROWS_TRANSPOSED : FEW_ROWS)) {
    if (transposeB) dotRows(m, n, k, a, stepA, b, stepB, c, stepC, start, bias);
    else combineRows(m, n, k, a, stepA, b, stepB, c, stepC, start, bias);
    return;
  }
  const blockM = blockLength(m, BLOCK_M, 6);
  const blockN = blockLength(n, BLOCK_N, 16);
  const blockK = blockLength(k, BLOCK_K, 4);
  const packedB = work;
  const packedA = packedB + ((<usize>BLOCK_N * BLOCK_K) << 2);
  const edge = packedA + ((<usize>BLOCK_M * BLOCK_K) << 2);
  for (let j = 0; j < n; j += blockN) {
    const nb = min(blockN, n - j);
    for (let p = 0; p < k; p += blockK) {
      const kb = min(blockK, k - p);
      const from = p > 0 ? FROM_C : start;
      const blockOfB = transposeB ? <usize>j * stepB + (<usize>p << 2) : <usize>p * stepB + (<usize>j << 2);
      packB(kb, nb, b + blockOfB, stepB, transposeB, packedB);
      for (let i = 0; i < m; i += blockM) {
        const mb = min(blockM, m - i);
        const blockOfA = transposeA ? <usize>p * stepA + (<usize>i << 2) : <usize>i * stepA + (<usize>p << 2);
        packA(mb, kb, a + blockOfA, stepA, transposeA, packedA);
        const corner = c + <usize>i * stepC + (<usize>j << 2);
        multiplyBlock(mb, nb, kb, packedA, packedB, corner, stepC, from, bias + (<usize>j << 2), edge);
      }
    }
  }
}

/** A stack of products; steps from one matrix to the next in elements. */
export function batchGemm(
  flags: i32, batch: i32, m: i32, n: i32, k: i32,
  a: usize, lda: i32, stepA: i32, b: usize, ldb: i32, stepB: i32, c: usize, ldc: i32, stepC: i32, work: usize,
): void {
  for (let i = 0; i < batch; i++) {
    gemm(flags, m, n, k, a, lda, b, ldb, c, ldc, 0, work);
    a += <usize>stepA << 2;
    b += <usize>stepB << 2;
    c += <usize>stepC << 2;
  }
}
