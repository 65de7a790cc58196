/** Layer normalisation of rows. Statistics are `[rows, 2]`: mean and 1 / √(variance + ε). */
import { multiplyAdd } from "./multiply-add";
import { loadSome, storeSome, sumLanes } from "./simd";

function scaleAndShift(
  features: i32, x: usize, mean: v128, rstd: v128, gamma: usize, beta: usize, y: usize,
): void {
  let i = 0;
  for (; i + 4 <= features; i += 4) {
    const normalised = f32x4.mul(f32x4.sub(v128.load(x), mean), rstd);
    v128.store(y, multiplyAdd(v128.load(beta), normalised, v128.load(gamma)));
    x += 16;
    gamma += 16;
    beta += 16;
    y += 16;
  }
  const left = features - i;
  if (left > 0) {
    const normalised = f32x4.mul(f32x4.sub(loadSome(x, left), mean), rstd);
    storeSome(y, multiplyAdd(loadSome(beta, left), normalised, loadSome(gamma, left)), left);
  }
}

/** Mean of a row; with a residual, the row becomes their sum first. */
function meanOf(features: i32, x: usize, residual: usize): f32 {
  let sum0 = f32x4.splat(0), sum1 = sum0;
  let i = 0;
  if (residual != 0) {
    for (; i + 4 <= features; i += 4) {
      const v = f32x4.add(v128.load(x), v128.load(residual));
      v128.store(x, v);
      sum0 = f32x4.add(sum0, v);
      x += 16;
      residual += 16;
    }
  } else {
    for (; i + 8 <= features; i += 8) {
      sum0 = f32x4.add(sum0, v128.load(x));
      sum1 = f32x4.add(sum1, v128.load(x, 16));
      x += 32;
    }
    if (i + 4 <= features) {
      sum0 = f32x4.add(sum0, v128.load(x));
      x += 16;
      i += 4;
    }
  }
  const left = features - i;
  if (left > 0) {
    let v = loadSome(x, left);
    if (residual != 0) {
      v = f32x4.add(v, loadSome(residual, left));
      storeSome(x, v, left);
    }
    sum1 = f32x4.add(sum1, v);
  }
  return sumLanes(f32x4.add(sum0, sum1)) / <f32>features;
}

function varianceOf(features: i32, x: usize, mean: v128): f32 {
  let sum0 = f32x4.splat(0), sum1 = sum0;
  let i = 0;
  for (; i + 8 <= features; i += 8) {
    const a = f32x4.sub(v128.load(x), mean), b = f32x4.sub(v128.load(x, 16), mean);
    sum0 = multiplyAdd(sum0, a, a);
    sum1 = multiplyAdd(sum1, b, b);
    x += 32;
  }
  let sum = sumLanes(f32x4.add(sum0, sum1));
  for (; i < features; i++) {
    const a = load<f32>(x) - f32x4.extract_lane(mean, 0);
    sum += a * a;
    x += 4;
  }
  return sum / <f32>features;
}

/**
 * y = norm(x) ∘ γ + β for each row; the statistics are kept.
 *
 * @param residual added to x, in place, first; 0: none
 */
export function layerNorm(
  rows: i32, features: i32, x: usize, residual: usize, gamma: usize, beta: usize, epsilon: f32, y: usize, stats: usize,
): void {
  const row = <usize>features << 2;
  for (let r = 0; r < rows; r++) {
    const mean = meanOf(features, x, residual);
    const rstd: f32 = 1 / sqrt<f32>(varianceOf(features, x, f32x4.splat(mean)) + epsilon);
    store<f32>(stats, mean);
    store<f32>(stats, rstd, 4);
    scaleAndShift(features, x, f32x4.splat(mean), f32x4.splat(rstd), gamma, beta, y);
    x += row;
    y += row;
    if (residual != 0) residual += row;
    stats += 8;
  }
}

/** The result again, from kept statistics. */
export function layerNormAgain(
  rows: i32, features: i32, x: usize, gamma: usize, beta: usize, stats: usize, y: usize,
): void {
  const row = <usize>features << 2;
  for (let r = 0; r < rows; r++) {
    scaleAndShift(features, x, v128.load32_splat(stats), v128.load32_splat(stats, 4), gamma, beta, y);
    x += row;
    y += row;
    stats += 8;
  }
}

/** dx = gradient to x, or dx + it; dx may be dy. */
export function layerNormGradient(
  rows: i32, features: i32, dy: usize, gamma: usize, x: usize, stats: usize, dx: usize, addToDx: bool,
): void {
  const whole = features & ~3, left = features & 3;
  for (let r = 0; r < rows; r++) {
    const mean = v128.load32_splat(stats), rstd = v128.load32_splat(stats, 4);
    let sum = f32x4.splat(0), along = sum;
    let at: usize = 0;
    for (let i = 0; i < whole; i += 4) {
      const scaled = f32x4.mul(v128.load(dy + at), v128.load(gamma + at));
      sum = f32x4.add(sum, scaled);
      along = multiplyAdd(along, scaled, f32x4.mul(f32x4.sub(v128.load(x + at), mean), rstd));
      at += 16;
    }
    if (left > 0) {
      const scaled = f32x4.mul(loadSome(dy + at, left), loadSome(gamma + at, left));
      sum = f32x4.add(sum, scaled);
      along = multiplyAdd(along, scaled, f32x4.mul(f32x4.sub(loadSome(x + at, left), mean), rstd));
    }
    const meanOfScaled = f32x4.splat(sumLanes(sum) / <f32>features);
    const meanAlong = f32x4.splat(sumLanes(along) / <f32>features);
    at = 0;
    for (let i = 0; i < whole; i += 4) {
      const scaled = f32x4.mul(v128.load(dy + at), v128.load(gamma + at));
      const normalised = f32x4.mul(f32x4.sub(v128.load(x + at), mean), rstd);
      let v = f32x4.sub(f32x4.sub(scaled, meanOfScaled), f32x4.mul(normalised, meanAlong));
      v = f32x4.mul(v, rstd);
      if (addToDx) v = f32x4.add(v128.load(dx + at), v);
      v128.store(dx + at, v);
      at += 16;
    }
    if (left > 0) {
      const scaled = f32x4.mul(loadSome(dy + at, left), loadSome(gamma + at, left));
      const normalised = f32x4.mul(f32x4.sub(loadSome(x + at, left), mean), rstd);
      let v = f32x4.sub(f32x4.sub(scaled, meanOfScaled), f32x4.mul(normalised, meanAlong));
      v = f32x4.mul(v, rstd);
      if (addToDx) v = f32x4.add(loadSome(dx + at, left), v);
      storeSome(dx + at, v, left);
    }
    const row = <usize>features << 2;
    dy += row;
    x += row;
    dx += row;
    stats += 8;
  }
}
