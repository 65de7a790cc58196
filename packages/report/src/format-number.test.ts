import fc from "fast-check";
import { expect, test } from "vitest";
import {
  formatCompactCount,
  formatCount,
  formatCounted,
  formatDuration,
  formatInterval,
  formatPercent,
  formatScore,
  formatShare,
  formatTime,
  metricDigits,
  scoreDigits,
} from "./format-number.ts";

test("digits follow what the intervals resolve", () => {
  const around = (metric: number, half: number) => ({ metric, low: metric - half, high: metric + half });
  expect(metricDigits([around(0.84, 0.023)])).toBe(3);
  expect(metricDigits([around(0.911, 0.0031)])).toBe(4);
  expect(metricDigits([around(61.2, 1.4)])).toBe(1);
  expect(metricDigits([around(61.2, 40)])).toBe(1);
  expect(metricDigits([around(0.5, 1e-9)])).toBe(5);
  expect(metricDigits([{ metric: 0.5 }])).toBe(3);
  expect(metricDigits([{ metric: 61.2, low: null, high: Number.NaN }])).toBe(2);
  expect(scoreDigits([null, undefined, Number.NaN])).toBe(3);
});

test("undefined scores and empty intervals", () => {
  expect(formatScore(null, 3)).toBe("n/a");
  expect(formatScore(Number.NaN, 3)).toBe("n/a");
  expect(formatScore(undefined, 3)).toBe("n/a");
  expect(formatScore(-0.0001, 3)).toBe("0.000");
  expect(formatScore(-0.5, 1)).toBe("-0.5");
  expect(formatInterval(0.1, null, 2)).toBe("");
  expect(formatInterval(-0.1, 0.25, 2)).toBe("[-0.10, 0.25]");
});

test("durations change their unit without ever rounding to 60", () => {
  expect([0, 0.42, 9.99, 9.996, 59.94, 59.96, 60, 200, 3599.6, 3600, 7501].map(formatDuration)).toEqual([
    "0.00 s",
    "0.42 s",
    "9.99 s",
    "10.0 s",
    "59.9 s",
    "1 min",
    "1 min",
    "3 min 20 s",
    "1 h",
    "1 h",
    "2 h 5 min",
  ]);
  fc.assert(fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (s) => !/\b60\b/.test(formatDuration(s))));
});

test("counts and shares", () => {
  expect(formatCount(1_234_567)).toBe("1,234,567");
  expect(formatCompactCount(124_645_632)).toBe("125M");
  expect(formatPercent(0.95)).toBe("95%");
  expect(formatPercent(0.999)).toBe("99.9%");
  expect([0.1464, 0.0463, 1.2].map(formatShare)).toEqual(["15%", "4.6%", "120%"]);
});

test("one thing is in the singular", () => {
  expect([0, 1, 2, 1234].map((count) => formatCounted(count, "line"))).toEqual([
    "0 lines",
    "1 line",
    "2 lines",
    "1,234 lines",
  ]);
  expect(formatCounted(2, "class", "classes")).toBe("2 classes");
});

test("a time as people read it, whatever the zone it was written in", () => {
  expect(formatTime("2026-11-30T17:15:23.009Z")).toBe("30 November 2026, 17:15 UTC");
  expect(formatTime("2026-11-30T00:15:23+01:00")).toBe("29 November 2026, 23:15 UTC");
  expect(formatTime("yesterday")).toBe("yesterday");
});
