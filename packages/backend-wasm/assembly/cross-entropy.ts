import { exp4 } from "./exp";
import { greater, loadSome, maxLanes, storeSome, sumLanes } from "./simd";

/**
 * Greatest logit, Σ e^(logit - greatest) and Σ logit of each row that counts: `stats [rows, 3]`. Rows that do not
 * count are left alone.
 */
export function crossEntropyStats(rows: i32, classes: i32, logits: usize, counts: usize, stats: usize): void {
  for (let r = 0; r < rows; r++) {
    if (load<f32>(counts) != 0) rowStats(classes, logits, stats);
    logits += <usize>classes << 2;
    counts += 4;
    stats += 12;
  }
}

function rowStats(classes: i32, logits: usize, stats: usize): void {
  let greatest = f32x4.splat(-Infinity), total = f32x4.splat(0);
  let i = 0, at = logits;
  for (; i + 4 <= classes; i += 4) {
    const v = v128.load(at);
    greatest = greater(greatest, v);
    total = f32x4.add(total, v);
    at += 16;
  }
  let top = maxLanes(greatest), sum = sumLanes(total);
  for (; i < classes; i++) {
    const v = load<f32>(at);
    top = max<f32>(top, v);
    sum += v;
    at += 4;
  }
  const shift = f32x4.splat(top);
  let powers = f32x4.splat(0);
  at = logits;
  for (i = 0; i + 4 <= classes; i += 4) {
    powers = f32x4.add(powers, exp4(f32x4.sub(v128.load(at), shift)));
    at += 16;
  }
  let sumOfPowers = sumLanes(powers);
  for (; i < classes; i++) {
    sumOfPowers += f32x4.extract_lane(exp4(f32x4.sub(v128.load32_splat(at), shift)), 0);
    at += 4;
  }
  store<f32>(stats, top);
  store<f32>(stats, sumOfPowers, 4);
  store<f32>(stats, sum, 8);
}

/**
 * d[row, class] = factor · (softmax - (1 - ε) [class = label] - ε / classes) for rows that count, else 0.
 *
 * @param factor pointer to the gradient of the loss
 * @param share 1 / number of rows that count
 */
export function crossEntropyGradient(
  rows: i32, classes: i32, logits: usize, labels: usize, counts: usize, stats: usize,
  smoothing: f32, factor: usize, share: f32, d: usize,
): void {
  const row = <usize>classes << 2;
  const g = load<f32>(factor) * share;
  const uniform = f32x4.splat(g * smoothing / <f32>classes);
  for (let r = 0; r < rows; r++) {
    if (load<f32>(counts) == 0) memory.fill(d, 0, row);
    else {
      const shift = v128.load32_splat(stats);
      const scale = f32x4.splat(g / load<f32>(stats, 4));
      let at: usize = 0;
      let i = 0;
      for (; i + 4 <= classes; i += 4) {
        const power = exp4(f32x4.sub(v128.load(logits + at), shift));
        v128.store(d + at, f32x4.sub(f32x4.mul(power, scale), uniform));
        at += 16;
      }
      const left = classes - i;
      if (left > 0) {
        const power = exp4(f32x4.sub(loadSome(logits + at, left), shift));
        storeSome(d + at, f32x4.sub(f32x4.mul(power, scale), uniform), left);
      }
      const label = d + (<usize>load<i32>(labels) << 2);
      store<f32>(label, load<f32>(label) - g * (1 - smoothing));
    }
    logits += row;
    d += row;
    labels += 4;
    counts += 4;
    stats += 12;
  }
}
