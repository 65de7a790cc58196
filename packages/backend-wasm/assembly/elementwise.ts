import { dropoutFactors, firstCounters, foldKey, nextCounters } from "./random";
import { loadSome, storeSome } from "./simd";

/** c = a + b; any of them may be the same. */
export function add(n: i32, a: usize, b: usize, c: usize): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    v128.store(c, f32x4.add(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
    c += 16;
  }
  if (i < n) storeSome(c, f32x4.add(loadSome(a, n - i), loadSome(b, n - i)), n - i);
}

/** c = a ∘ b; any of them may be the same. */
export function multiply(n: i32, a: usize, b: usize, c: usize): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    v128.store(c, f32x4.mul(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
    c += 16;
  }
  if (i < n) storeSome(c, f32x4.mul(loadSome(a, n - i), loadSome(b, n - i)), n - i);
}

/** x = x · factor. */
export function scale(n: i32, x: usize, factor: f32): void {
  const f = f32x4.splat(factor);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    v128.store(x, f32x4.mul(v128.load(x), f));
    x += 16;
  }
  if (i < n) storeSome(x, f32x4.mul(loadSome(x, n - i), f), n - i);
}

/** Multiplies the rows of u `[rows, rank]` by a gate; `gateStep` elements from one example's gate to the next. */
export function applyGate(rows: i32, rank: i32, rowsOfExample: i32, u: usize, gate: usize, gateStep: i32): void {
  let left = rowsOfExample;
  for (let row = 0; row < rows; row++) {
    let g = gate;
    for (let i = 0; i < rank; i++) {
      store<f32>(u, load<f32>(u) * load<f32>(g));
      u += 4;
      g += 4;
    }
    if (--left == 0) {
      left = rowsOfExample;
      gate += <usize>gateStep << 2;
    }
  }
}

/**
 * y = x ∘ mask, or y + x ∘ mask, with inverted dropout's mask of `[rows, columns]` hidden states.
 *
 * @param limit a random word up to this one drops its element
 * @param keep 1 / (1 - p)
 */
export function dropout(
  rows: i32, columns: i32, rowsOfExample: i32, x: usize, y: usize, addToY: bool,
  key: i32, firstExample: i32, limit: i32, keep: f32,
): void {
  const factor = f32x4.splat(keep);
  for (let row = 0; row < rows; row++) {
    const example = row / rowsOfExample;
    const exampleKey = foldKey(key, firstExample + example);
    let counters = firstCounters(foldKey(exampleKey, row - example * rowsOfExample));
    let i = 0;
    for (; i + 4 <= columns; i += 4) {
      let v = f32x4.mul(v128.load(x), dropoutFactors(counters, limit, factor));
      if (addToY) v = f32x4.add(v128.load(y), v);
      v128.store(y, v);
      counters = nextCounters(counters);
      x += 16;
      y += 16;
    }
    const left = columns - i;
    if (left > 0) {
      let v = f32x4.mul(loadSome(x, left), dropoutFactors(counters, limit, factor));
      if (addToY) v = f32x4.add(loadSome(y, left), v);
      storeSome(y, v, left);
      x += <usize>left << 2;
      y += <usize>left << 2;
    }
  }
}
