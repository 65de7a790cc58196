import type { CurvePoint } from "./sweep-file.ts";

/** A score that may be undefined: absent, `null` or NaN. */
export type Score = number | null | undefined;

/** True for a score that can be shown and plotted. */
export function isDefined(score: Score): score is number {
  return typeof score === "number" && Number.isFinite(score);
}

/**
 * Digits after the point that a metric deserves: one more than its interval resolves; without intervals 3, or 2 for
 * scores that reach 10 (BLEU out of 100).
 *
 * @param points all points that are shown together
 */
export function metricDigits(points: readonly Pick<CurvePoint, "metric" | "low" | "high">[]): number {
  const halfWidths = points.flatMap(({ low, high }) => (isDefined(low) && isDefined(high) ? [(high - low) / 2] : []));
  const typical = halfWidths.sort((a, b) => a - b)[halfWidths.length >> 1] ?? 0;
  if (typical > 0) return Math.min(5, Math.max(1, Math.ceil(-Math.log10(typical)) + 1));
  return scoreDigits(points.map(({ metric }) => metric));
}

/** Digits after the point for scores without intervals: 3, or 2 where one reaches 10. */
export function scoreDigits(scores: readonly Score[]): number {
  return scores.some((score) => isDefined(score) && Math.abs(score) >= 10) ? 2 : 3;
}

/** A score with fixed digits; `n/a` when it is undefined. */
export function formatScore(score: Score, digits: number): string {
  if (!isDefined(score)) return "n/a";
  const text = score.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text;
}

/** `[low, high]`; empty when either end is undefined. */
export function formatInterval(low: Score, high: Score, digits: number): string {
  return isDefined(low) && isDefined(high) ? `[${formatScore(low, digits)}, ${formatScore(high, digits)}]` : "";
}

const grouped = new Intl.NumberFormat("en-US");

/** `1,234,567`. */
export function formatCount(count: number): string {
  return grouped.format(count);
}

/** A number of things, in the singular for one: `1 line`, `1,234 lines`, `2 classes`. */
export function formatCounted(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 });

/** `124.6M` as `125M`: three digits and a scale. */
export function formatCompactCount(count: number): string {
  return compact.format(count);
}

/** A share as people read it: `95%`, `99.9%`. */
export function formatPercent(share: number): string {
  return `${Number((share * 100).toFixed(1))}%`;
}

/** A ratio as a percentage of two digits: `15%`, `4.6%`. */
export function formatShare(ratio: number): string {
  return formatPercent(ratio >= 0.0995 ? Number(ratio.toFixed(2)) : ratio);
}

/** Seconds as people read them: `0.42 s`, `12.3 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const [minutes, rest] = [Math.floor(Math.round(seconds) / 60), Math.round(seconds) % 60];
  if (minutes < 60) return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
  const [hours, left] = [Math.floor(Math.round(seconds / 60) / 60), Math.round(seconds / 60) % 60];
  return left === 0 ? `${hours} h` : `${hours} h ${left} min`;
}

const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" });
const minute = new Intl.DateTimeFormat("en-GB", { timeStyle: "short", timeZone: "UTC" });

/** A point in time, ISO 8601, as people read it: `30 November 2026, 17:15 UTC`. What is no time stays as it is. */
export function formatTime(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : `${day.format(time)}, ${minute.format(time)} UTC`;
}

/** With its first letter in upper case. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
