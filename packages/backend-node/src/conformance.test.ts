import { testBackend } from "@dylora/test-kit";
import * as tf from "@tensorflow/tfjs-core";
import { expect, type TestContext, test } from "vitest";
import { nodeBackend } from "./index.ts";

const subject = () => nodeBackend({ precision: "float32" });

testBackend("node, float32", subject);

test("disposing the backend frees what is left on it", async (context: TestContext) => {
  const availability = await subject().available();
  if (!availability.available) return context.skip(`${availability.reason}; ${availability.remedy}`);
  const backend = await subject().init();
  const { binding } = tf.backend() as unknown as { binding: { getNumOfTensors(): number } };
  const before = binding.getNumOfTensors();
  tf.square(tf.ones([4, 4]));
  expect(binding.getNumOfTensors()).toBe(before + 2);
  backend.dispose();
  expect(binding.getNumOfTensors()).toBe(before);
});
