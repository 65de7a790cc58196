import { exp4 } from "./exp";
import { multiplyAdd } from "./multiply-add";
import { loadSome, storeSome } from "./simd";

const INVERSE_ROOT_TWO_PI: f32 = 0.3989422804014327;
const ROOT_TWO_OVER_PI: f32 = 0.7978845608028654;
const CUBIC: f32 = 0.044715;

/**
 * Φ(-z) / e^(-z²/2) for z >= 0: a polynomial in t = 1 / (1 + 0.4 z), the form of Abramowitz and Stegun 26.2.17,
 * refitted (weighted minimax) with six coefficients: its own error in Φ is 2.5e-8, float32 rounding makes it 1.6e-7.
 */
// @ts-ignore: decorator
@inline
function tailRatio(z: v128): v128 {
  const t = f32x4.div(f32x4.splat(1), multiplyAdd(f32x4.splat(1), z, f32x4.splat(0.4)));
  let q = multiplyAdd(f32x4.splat(-0.24904949046579344), t, f32x4.splat(0.054970499576198845));
  q = multiplyAdd(f32x4.splat(0.3308036611716239), t, q);
  q = multiplyAdd(f32x4.splat(0.020133342116205447), t, q);
  q = multiplyAdd(f32x4.splat(0.18602854527588858), t, q);
  q = multiplyAdd(f32x4.splat(0.15711346709222826), t, q);
  return f32x4.mul(q, t);
}

/** Φ(x), given e^(-x²/2). */
// @ts-ignore: decorator
@inline
function normalCdf(x: v128, density: v128): v128 {
  const tail = f32x4.mul(tailRatio(f32x4.abs(x)), density);
  return v128.bitselect(tail, f32x4.sub(f32x4.splat(1), tail), f32x4.lt(x, f32x4.splat(0)));
}

// @ts-ignore: decorator
@inline
function bell(x: v128): v128 {
  return exp4(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5)));
}

/** 2u = 2√(2/π) (x + 0.044715 x³), so that (1 + tanh(u)) / 2 = 1 / (1 + e^(-2u)). */
// @ts-ignore: decorator
@inline
function twiceInner(x: v128, square: v128): v128 {
  const factor = multiplyAdd(f32x4.splat(1), square, f32x4.splat(CUBIC));
  return f32x4.mul(f32x4.mul(x, factor), f32x4.splat(2 * ROOT_TWO_OVER_PI));
}

/** e^(-|v|) */
// @ts-ignore: decorator
@inline
function decay(v: v128): v128 {
  return exp4(f32x4.neg(f32x4.abs(v)));
}

/** 1 / (1 + e^(-v)), given p = e^(-|v|) and 1 / (1 + p): exact in both tails. */
// @ts-ignore: decorator
@inline
function sigmoid(v: v128, p: v128, upper: v128): v128 {
  return v128.bitselect(f32x4.mul(p, upper), upper, f32x4.lt(v, f32x4.splat(0)));
}

// @ts-ignore: decorator
@inline
function reciprocalOfOnePlus(p: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), p));
}

// @ts-ignore: decorator
@inline
function tanhGate(x: v128): v128 {
  const v = twiceInner(x, f32x4.mul(x, x));
  const p = decay(v);
  return sigmoid(v, p, reciprocalOfOnePlus(p));
}

// @ts-ignore: decorator
@inline
function value(tanh: bool, x: v128): v128 {
  return f32x4.mul(x, tanh ? tanhGate(x) : normalCdf(x, bell(x)));
}

/** Φ(x) + x φ(x), or with the gate s: s + x s (1 - s) · 2 u'(x). */
// @ts-ignore: decorator
@inline
function slope(tanh: bool, x: v128): v128 {
  if (!tanh) {
    const density = bell(x);
    return multiplyAdd(normalCdf(x, density), f32x4.mul(x, f32x4.splat(INVERSE_ROOT_TWO_PI)), density);
  }
  const square = f32x4.mul(x, x);
  const v = twiceInner(x, square);
  const p = decay(v);
  const upper = reciprocalOfOnePlus(p);
  const twiceSlope = multiplyAdd(f32x4.splat(2 * ROOT_TWO_OVER_PI), square, f32x4.splat(6 * ROOT_TWO_OVER_PI * CUBIC));
  // s (1 - s) = p / (1 + p)²: the difference would lose the digits where s is close to 1
  const spread = f32x4.mul(f32x4.mul(p, upper), upper);
  return multiplyAdd(sigmoid(v, p, upper), f32x4.mul(x, spread), twiceSlope);
}

/** y = gelu(x); they may be the same. */
export function gelu(tanh: bool, n: i32, x: usize, y: usize): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    v128.store(y, value(tanh, v128.load(x)));
    x += 16;
    y += 16;
  }
  const left = n - i;
  if (left > 0) storeSome(y, value(tanh, loadSome(x, left)), left);
}

/** y = gelu(x) and d = gelu'(x), for a pass that will want both; d may be x. Values and slopes share their powers. */
export function geluWithSlope(tanh: bool, n: i32, x: usize, y: usize, d: usize): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const v = v128.load(x);
    v128.store(y, value(tanh, v));
    v128.store(d, slope(tanh, v));
    x += 16;
    y += 16;
    d += 16;
  }
  const left = n - i;
  if (left > 0) {
    const v = loadSome(x, left);
    storeSome(y, value(tanh, v), left);
    storeSome(d, slope(tanh, v), left);
  }
}

/** dx = dy · gelu'(x); dx may be dy. */
export function geluGradient(tanh: bool, n: i32, dy: usize, x: usize, dx: usize): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    v128.store(dx, f32x4.mul(v128.load(dy), slope(tanh, v128.load(x))));
    x += 16;
    dy += 16;
    dx += 16;
  }
  const left = n - i;
  if (left > 0) storeSome(dx, f32x4.mul(loadSome(dy, left), slope(tanh, loadSome(x, left))), left);
}
