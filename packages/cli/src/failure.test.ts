import {
  BackendError,
  ConfigError,
  FormatError,
  InterruptedError,
  ResourceError,
  ShapeError,
  TrainingError,
} from "@dylora/errors";
import { expect, test } from "vitest";
import { failureOf } from "./failure.ts";

test.each([
  [new ConfigError("rank_out_of_range", "m"), 2],
  [new FormatError("bad_header", "m"), 2],
  [new ShapeError("tensor_shape", "m"), 2],
  [new ResourceError("out_of_memory", "m"), 2],
  [new ResourceError("hub_unreachable", "m"), 1],
  [new ResourceError("output_unwritable", "m"), 1],
  [new BackendError("backend_unavailable", "m"), 1],
  [new TrainingError("loss_not_finite", "m"), 1],
  [new Error("m"), 1],
  [new InterruptedError("m"), 130],
])("%s ends with %i", (error, exitCode) => {
  expect(failureOf(error).exitCode).toBe(exitCode);
});

test("messages are one line, however a backend words its own", () => {
  expect(failureOf(new FormatError("bad_json", "line one\n  line two")).message).toBe("line one line two");
  const { message } = failureOf(new Error(`abort(${"x".repeat(100_000)})\n at wasm`));
  expect(message.length).toBeLessThan(400);
  expect(message).not.toContain("\n");
  expect(failureOf("a thrown text").message).toContain("a thrown text");
});
