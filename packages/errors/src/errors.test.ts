import { expect, test } from "vitest";
import { ConfigError, DyloraError, FormatError } from "./index.ts";

test("an error carries code, details, cause and its own name", () => {
  const cause = new Error("root");
  const error = new FormatError("bad_header", "header longer than the file", { cause, details: { path: "a" } });
  expect(error).toBeInstanceOf(DyloraError);
  expect(error).toMatchObject({ name: "FormatError", code: "bad_header", details: { path: "a" }, cause });
});

test("isInstance recognises errors of another copy of the package and nothing else", () => {
  const foreign = Object.assign(new Error("x"), { code: "x" });
  expect(DyloraError.isInstance(foreign)).toBe(false);
  Object.defineProperty(foreign, Symbol.for("dylora.error"), { value: true });
  expect(DyloraError.isInstance(foreign)).toBe(true);
  expect(DyloraError.isInstance(new ConfigError("a", "b"))).toBe(true);
  expect(DyloraError.isInstance(null)).toBe(false);
});

test("a message is safe to print, whatever a file brought into it", () => {
  const { message, stack, details } = new FormatError("a", "tensor \u001b]0;t\u0007\u009b2J\u202e\r\nnext", {
    details: { name: "\u001b" },
  });
  expect(message).toBe("tensor \\u001b]0;t\\u0007\\u009b2J\\u202e\\r\nnext");
  expect(stack).not.toContain("\u001b");
  expect(details).toEqual({ name: "\u001b" });
  expect(new FormatError("a", "x".repeat(1e6)).message).toHaveLength(4001);
  expect(new FormatError("a", "\u001b".repeat(1e6)).message).toHaveLength(4001);
});
