import { expect, test } from "vitest";
import { fixedMemoryGuard, formatBytes } from "./memory-guard.ts";

test("a guard lets pass what fits and names what does not", () => {
  const guard = fixedMemoryGuard(1000);
  expect(() => guard(1000, "x")).not.toThrow();
  expect(() => guard(1001, "reading x")).toThrow(/reading x needs 1001 B, above the limit of 1000 B|1.0 KiB/);
  expect(() => fixedMemoryGuard()(2 ** 32 + 1, "x")).toThrow(/4.0 GiB/);
});

test.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1536, "1.5 KiB"],
  [2 ** 32, "4.0 GiB"],
  [2 ** 60, "1024.0 PiB"],
])("%d bytes read %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
