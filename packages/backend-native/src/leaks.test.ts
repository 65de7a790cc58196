import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { transformerBlock, useBackend, valueAndGradients } from "@dylora/tensor";
import { seededValues } from "@dylora/test-kit";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { expect, type TestContext, test } from "vitest";
import { freezeBlock } from "./fixtures/random-block.ts";
import { nativeBackend } from "./index.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function residentMegabytes(): number {
  collect();
  return process.memoryUsage.rss() / 1e6;
}

// What a step keeps for backward is about 0.3 MB here (twice that in float32): lost once a step it would show.
test.each(["float32", "bfloat16"] as const)(
  "1,000 steps in %s, lengths changing, leave memory as it was",
  async (precision) => {
    const descriptor = nativeBackend({ precision, threads: 1 });
    if (!(await descriptor.available()).available) return;
    const backend = await useBackend(descriptor);
    const [hidden, heads, rank, batch] = [64, 2, 4, 4];
    const { weights, dispose } = freezeBlock(hidden, 4 * hidden);
    const pairs = ["A", "Bt"].map((name) => tf.tensor2d(seededValues(rank * hidden, name, 0.1), [rank, hidden]));
    const [A, Bt] = pairs as [Tensor2D, Tensor2D];

    const step = async (index: number): Promise<void> => {
      const length = 16 * (1 + (index % 4));
      const x = tf.tensor2d(seededValues(batch * length * hidden, `x${index % 4}`), [batch * length, hidden]);
      const options = { batch, length, heads, epsilon: 1e-5, gelu: "erf", norm: "post", causal: false } as const;
      const adapters = { query: { A, Bt, gate: 2 } };
      const { value } = await valueAndGradients(
        () => tf.sum(transformerBlock(x, { weights, adapters }, options)) as Scalar,
        pairs,
      );
      expect(Number.isFinite(value)).toBe(true);
      x.dispose();
    };

    for (let index = 0; index < 200; index++) await step(index);
    const tensors = tf.memory().numTensors;
    const before = residentMegabytes();
    for (let index = 200; index < 1200; index++) await step(index);
    expect(tf.memory().numTensors).toBe(tensors);
    expect(residentMegabytes() - before).toBeLessThan(40);
    dispose();
    for (const pair of pairs) pair.dispose();
    backend.dispose();
  },
);

test("the tests above ran", async (context: TestContext) => {
  const availability = await nativeBackend().available();
  if (!availability.available) context.skip(`${availability.reason}; ${availability.remedy}`);
});
