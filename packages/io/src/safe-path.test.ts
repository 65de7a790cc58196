import { join, resolve, sep, win32 } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { safeRelativePath } from "./safe-path.ts";

test.each(["a", "a/b.json", "model-00001-of-00002.safetensors", "a..b/..c", "été/x y", "...", "refs/pr/1"])(
  "%s is accepted as it is",
  (path) => {
    expect(safeRelativePath(path, "index")).toBe(path);
  },
);

test.each([
  "",
  "/etc/passwd",
  "../x",
  "a/../b",
  "a/..",
  ".",
  "a/./b",
  "a//b",
  "a\\b",
  "\\\\host\\x",
  "C:\\x",
  "c:x",
  "a/d:x",
  "a\u0000",
  "a\n",
])("%j is refused", (path) => {
  expect(() => safeRelativePath(path, "index.json")).toThrow(/index.json names the file/);
});

test("no accepted path leaves its folder, on POSIX or Windows", () => {
  const part = fc.constantFrom("..", ".", "a", "", "C:", "\\", "b", "~", "..\\");
  const path = fc.tuple(fc.array(part, { maxLength: 5 }), fc.constantFrom("/", "\\", "")).map(([p, by]) => p.join(by));
  fc.assert(
    fc.property(path, (name) => {
      try {
        safeRelativePath(name, "x");
      } catch {
        return true;
      }
      const windows = win32.resolve("C:\\base", ...name.split("/"));
      return resolve(join("/base", name)).startsWith(`/base${sep}`) && windows.startsWith("C:\\base\\");
    }),
    { numRuns: 2000 },
  );
});
