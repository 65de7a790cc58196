import { expect, test } from "vitest";
import { DisposableStack } from "./disposable-stack.ts";

test("frees each part once, the last first", () => {
  const freed: string[] = [];
  const stack = new DisposableStack();
  const part = { dispose: () => void freed.push("used") };
  expect(stack.use(part)).toBe(part);
  expect(stack.use(undefined)).toBeUndefined();
  expect(stack.adopt("adopted", (value) => void freed.push(value))).toBe("adopted");
  stack.defer(() => void freed.push("deferred"));
  expect(stack.disposed).toBe(false);
  stack.dispose();
  stack[Symbol.dispose]();
  expect(freed).toEqual(["deferred", "adopted", "used"]);
  expect(stack.disposed).toBe(true);
});

test("what cannot be freed hides nothing, and keeps nothing else from being freed", () => {
  const freed: string[] = [];
  const fails = (message: string) => () => {
    throw new Error(message);
  };
  const one = new DisposableStack();
  one.defer(() => void freed.push("first"));
  one.defer(fails("stuck"));
  one.defer(() => void freed.push("last"));
  expect(() => one.dispose()).toThrow("stuck");
  expect(freed).toEqual(["last", "first"]);
  const two = new DisposableStack();
  two.defer(fails("a"));
  two.defer(fails("b"));
  const thrown = (() => {
    try {
      two.dispose();
      return undefined;
    } catch (error) {
      return error as AggregateError;
    }
  })();
  expect(thrown?.errors.map((error: Error) => error.message)).toEqual(["b", "a"]);
});

test("a disposed stack takes nothing over", () => {
  const stack = new DisposableStack();
  stack.dispose();
  const part = { dispose: () => undefined };
  for (const take of [
    () => stack.use(part),
    () => stack.use(undefined),
    () => stack.adopt(part, () => undefined),
    () => stack.defer(() => undefined),
  ]) {
    expect(take).toThrow(ReferenceError);
  }
});
