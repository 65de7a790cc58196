/**
 * Multi-head attention on packed `[batch · length, 3 · hidden]` queries, keys and values. One head and one block of
 * queries at a time, so that scores live in a small scratch; backward computes them again rather than keeping them.
 */
import { ADD_TO_C, gemm, TRANSPOSE_A, TRANSPOSE_B } from "./gemm";
import {
  clearPadding, copyMask, dropRows, paddedColumns, softmaxGradientRows, softmaxRows,
} from "./attention-rows";
import { foldKey } from "./random";

/** Queries of one block of scores; a multiple of the height of the matrix product's tile. */
const BLOCK_ROWS: i32 = 96;
/** What the composed form adds to hide a token; used where a row would otherwise see nothing. */
const HIDDEN: f32 = -1e9;

/** Bytes of scratch attention and its gradient need for sequences of this length. */
export function attentionScratchBytes(length: i32): usize {
  return (<usize>paddedColumns(length) * (3 * <usize>min(BLOCK_ROWS, length) + 1)) << 2;
}

/**
 * What hides the tokens to come from those before them; 0 when attention is not causal. Nothing at all is added for
 * hidden tokens (-∞ makes their weight exactly 0) unless the first token of an example is masked out: its rows then
 * see masked tokens only, and the outcome depends on how strongly each is masked, so it is done as composed.
 */
function futureOf(causal: bool, mask: usize): f32 {
  if (!causal) return 0;
  return mask != 0 && load<f32>(mask) < HIDDEN / 2 ? HIDDEN : -Infinity;
}

/** Columns the block of queries before `end` may see. */
function visibleColumns(length: i32, end: i32, future: f32): i32 {
  return future == -Infinity ? end : length;
}

/**
 * @param mask `[batch, length]` added to the scores, or 0
 * @param dropLimit, keep as in `dropout`; keep 1: no dropout
 * @param scratch attentionScratchBytes(length) bytes
 * @param work of the matrix product
 */
export function attention(
  batch: i32, length: i32, heads: i32, size: i32, qkv: usize, mask: usize, causal: bool,
  key: i32, firstExample: i32, dropLimit: i32, keep: f32, out: usize, scratch: usize, work: usize,
): void {
  const hidden = heads * size;
  const scale: f32 = 1 / sqrt<f32>(<f32>size);
  const columns = paddedColumns(length);
  const ld = <usize>columns << 2;
  const maskRow = scratch;
  const scores = maskRow + ld;
  for (let e = 0; e < batch; e++) {
    copyMask(length, mask, maskRow);
    const future = futureOf(causal, mask);
    const exampleKey = foldKey(key, firstExample + e);
    for (let h = 0; h < heads; h++) {
      const q = qkv + (<usize>(h * size) << 2);
      const k = q + (<usize>hidden << 2), v = k + (<usize>hidden << 2);
      const headKey = foldKey(exampleKey, h);
      for (let row = 0; row < length; row += BLOCK_ROWS) {
        const rows = min(BLOCK_ROWS, length - row);
        const seen = visibleColumns(length, row + rows, future);
        const queries = q + (<usize>(row * 3 * hidden) << 2);
        gemm(TRANSPOSE_B, rows, seen, size, queries, 3 * hidden, k, 3 * hidden, scores, columns, 0, work);
        clearPadding(rows, seen, scores, ld);
        softmaxRows(rows, seen, scores, ld, maskRow, scale, row, future);
        if (keep != 1) dropRows(rows, seen, scores, scores, ld, headKey, row, dropLimit, keep);
        const target = out + (<usize>(row * hidden + h * size) << 2);
        gemm(0, rows, size, seen, scores, columns, v, 3 * hidden, target, hidden, 0, work);
      }
    }
    qkv += <usize>(length * 3 * hidden) << 2;
    out += <usize>(length * hidden) << 2;
    if (mask != 0) mask += <usize>length << 2;
  }
}

/** Gradient to the packed input; parameters as above, `dy [batch · length, hidden]`, `dqkv` shaped like qkv. */
export function attentionGradient(
  batch: i32, length: i32, heads: i32, size: i32, dy: usize, qkv: usize, mask: usize, causal: bool,
  key: i32, firstExample: i32, dropLimit: i32, keep: f32, dqkv: usize, scratch: usize, work: usize,
): void {
  const hidden = heads * size;
  const packed = 3 * hidden;
  const scale: f32 = 1 / sqrt<f32>(<f32>size);
  const columns = paddedColumns(length);
  const ld = <usize>columns << 2;
  const blockBytes = ld * <usize>min(BLOCK_ROWS, length);
  const maskRow = scratch;
  const p = maskRow + ld, dp = p + blockBytes;
  const dropped = keep != 1 ? dp + blockBytes : p;
  const lastBlock = (length - 1) / BLOCK_ROWS * BLOCK_ROWS;
  for (let e = 0; e < batch; e++) {
    copyMask(length, mask, maskRow);
    const future = futureOf(causal, mask);
    const exampleKey = foldKey(key, firstExample + e);
    for (let h = 0; h < heads; h++) {
      const head = <usize>(h * size) << 2, part = <usize>hidden << 2;
      const k = qkv + head + part, v = k + part;
      const dk = dqkv + head + part, dv = dk + part;
      const headKey = foldKey(exampleKey, h);
      // The last block sees every key, so it alone can start dk and dv.
      for (let row = lastBlock; row >= 0; row -= BLOCK_ROWS) {
        const rows = min(BLOCK_ROWS, length - row);
        const seen = visibleColumns(length, row + rows, future);
        const addition = row == lastBlock ? 0 : ADD_TO_C;
        const at = (<usize>(row * packed) << 2) + head;
        const q = qkv + at;
        const context = dy + (<usize>(row * hidden) << 2) + head;
        gemm(TRANSPOSE_B, rows, seen, size, q, packed, k, packed, p, columns, 0, work);
        clearPadding(rows, seen, p, ld);
        softmaxRows(rows, seen, p, ld, maskRow, scale, row, future);
        gemm(TRANSPOSE_B, rows, seen, size, context, hidden, v, packed, dp, columns, 0, work);
        clearPadding(rows, seen, dp, ld);
        if (keep != 1) {
          dropRows(rows, seen, p, dropped, ld, headKey, row, dropLimit, keep);
          dropRows(rows, seen, dp, dp, ld, headKey, row, dropLimit, keep);
        }
        gemm(TRANSPOSE_A | addition, seen, size, rows, dropped, columns, context, hidden, dv, packed, 0, work);
        softmaxGradientRows(rows, seen, p, dp, ld, scale);
        gemm(0, rows, size, seen, dp, columns, k, packed, dqkv + at, packed, 0, work);
        gemm(TRANSPOSE_A | addition, seen, size, rows, dp, columns, q, packed, dk, packed, 0, work);
      }
    }
    qkv += <usize>(length * packed) << 2;
    dqkv += <usize>(length * packed) << 2;
    dy += <usize>(length * hidden) << 2;
    if (mask != 0) mask += <usize>length << 2;
  }
}
