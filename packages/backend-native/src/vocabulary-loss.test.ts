import { freezeEmbedding, softmaxCrossEntropy, unembed, useBackend, valueAndGradients } from "@dylora/tensor";
import { expectAllClose, leakGuard, seededValues } from "@dylora/test-kit";
import type { Scalar, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, type TestContext, test } from "vitest";
import { nativeBackend } from "./index.ts";

interface Case {
  readonly rows: number;
  readonly features: number;
  readonly vocabulary: number;
  readonly smoothing: number;
  readonly biased: boolean;
  /** The first hidden state is NaN. */
  readonly poisoned?: boolean;
}

/** Losses over a vocabulary in float64: numbers as the backend is given them. */
function reference({ rows, features, vocabulary, smoothing, biased }: Case) {
  const x = seededValues(rows * features, "x");
  const table = seededValues(vocabulary * features, "table");
  const bias = biased ? seededValues(vocabulary, "bias") : undefined;
  const labels = Int32Array.from({ length: rows }, (_, row) => (row % 5 === 3 ? -100 : (row * 31) % vocabulary));
  const total = labels.filter((label) => label >= 0).length;
  const logits = new Float64Array(rows * vocabulary);
  const dx = new Float64Array(rows * features);
  let loss = 0;
  for (let row = 0; row < rows; row++) {
    const own = logits.subarray(row * vocabulary, (row + 1) * vocabulary);
    for (let word = 0; word < vocabulary; word++) {
      let dot = bias?.[word] ?? 0;
      for (let i = 0; i < features; i++) dot += (x[row * features + i] ?? 0) * (table[word * features + i] ?? 0);
      own[word] = dot;
    }
    const label = labels[row] as number;
    if (label < 0) continue;
    const greatest = Math.max(...own);
    const sum = own.reduce((powers, logit) => powers + Math.exp(logit - greatest), 0);
    for (let word = 0; word < vocabulary; word++) {
      const logProbability = (own[word] as number) - greatest - Math.log(sum);
      const wanted = smoothing / vocabulary + (word === label ? 1 - smoothing : 0);
      loss -= (wanted * logProbability) / total;
      const d = (Math.exp(logProbability) - wanted) / total;
      for (let i = 0; i < features; i++) {
        dx[row * features + i] = (dx[row * features + i] as number) + d * (table[word * features + i] as number);
      }
    }
  }
  return { x, table, bias, labels, logits, dx, loss };
}

const cases: Case[] = [
  { rows: 1, features: 3, vocabulary: 2, smoothing: 0, biased: false },
  { rows: 7, features: 13, vocabulary: 29, smoothing: 0.1, biased: true },
  // more rows than are held at a time, and a rest
  { rows: 1100, features: 17, vocabulary: 53, smoothing: 0.1, biased: true },
  { rows: 1024, features: 256, vocabulary: 1100, smoothing: 0, biased: false },
];

describe.each(["float32", "bfloat16"] as const)("cross-entropy over a vocabulary in %s", (precision) => {
  const run = async (
    context: TestContext,
    given: Case,
    check: (
      use: (loss: (logits: Tensor2D) => Scalar) => ReturnType<typeof valueAndGradients>,
      expected: ReturnType<typeof reference>,
      tolerance: number,
    ) => Promise<void>,
  ): Promise<void> => {
    const descriptor = nativeBackend({ precision });
    const availability = await descriptor.available();
    if (!availability.available) return context.skip(`${availability.reason}; ${availability.remedy}`);
    const backend = await useBackend(descriptor);
    const { rows, features, vocabulary } = given;
    const expected = reference(given);
    await leakGuard(async () => {
      const embedding = freezeEmbedding(expected.table, [vocabulary, features], "token");
      if (given.poisoned === true) expected.x[0] = Number.NaN;
      const x = tf.tensor2d(expected.x, [rows, features]);
      const bias = expected.bias === undefined ? undefined : (tf.tensor1d(expected.bias) as Tensor1D);
      const use = (loss: (logits: Tensor2D) => Scalar) =>
        valueAndGradients(() => loss(unembed(x, embedding, bias)), [x]);
      await leakGuard(() => check(use, expected, backend.capabilities.tolerance));
      embedding.dispose();
      tf.dispose([x, ...(bias === undefined ? [] : [bias])]);
    });
    backend.dispose();
  };

  test.for(cases)("loss and gradient equal float64: %o", (given, context) =>
    run(context, given, async (use, { labels, dx, loss }, tolerance) => {
      const found = await use((logits) => softmaxCrossEntropy(logits, labels, { labelSmoothing: given.smoothing }));
      expectAllClose([found.value], [loss], { tolerance, what: "loss" });
      const scale = labels.length;
      const scaled = (values: ArrayLike<number>) => Array.from(values, (value) => value * scale);
      expectAllClose(scaled(found.gradients[0] ?? []), scaled(dx), { tolerance, what: "gradient" });
    }),
  );

  test("a factor on the loss, and logits that are read before and after it", (context) => {
    const given = cases[1] as Case;
    return run(context, given, async (use, { labels, dx, loss, logits: scores }, tolerance) => {
      const options = { labelSmoothing: given.smoothing };
      const scaled = await use((logits) => tf.mul(softmaxCrossEntropy(logits, labels, options), 3) as Scalar);
      expectAllClose([scaled.value], [3 * loss], { tolerance, what: "loss" });
      const threefold = dx.map((value) => 3 * value);
      expectAllClose(scaled.gradients[0] ?? [], threefold, { tolerance, what: "gradient" });

      const before = await use((logits) => {
        expectAllClose(logits.dataSync(), scores, { tolerance, what: "logits before" });
        return softmaxCrossEntropy(logits, labels, options);
      });
      expectAllClose(before.gradients[0] ?? [], dx, { tolerance, what: "gradient, logits read before" });

      const after = await use((logits) => {
        const value = softmaxCrossEntropy(logits, labels, options);
        expectAllClose(logits.dataSync(), scores, { tolerance, what: "logits after" });
        return value;
      });
      expectAllClose(after.gradients[0] ?? [], dx, { tolerance, what: "gradient, logits read after" });
    });
  });

  test("two losses of the same logits", (context) => {
    const given = cases[1] as Case;
    return run(context, given, async (use, { labels, dx, loss }, tolerance) => {
      const options = { labelSmoothing: given.smoothing };
      const both = await use(
        (logits) =>
          tf.add(softmaxCrossEntropy(logits, labels, options), softmaxCrossEntropy(logits, labels, options)) as Scalar,
      );
      expectAllClose([both.value], [2 * loss], { tolerance, what: "loss" });
      const twofold = dx.map((value) => 2 * value);
      expectAllClose(both.gradients[0] ?? [], twofold, { tolerance, what: "gradient" });
    });
  });

  test("another loss than cross-entropy", (context) =>
    run(context, cases[1] as Case, async (use, { table, labels }, tolerance) => {
      const { features, vocabulary } = cases[1] as Case;
      const found = await use((logits) => tf.sum(logits) as Scalar);
      const sums = Array.from({ length: features }, (_, i) => {
        let sum = 0;
        for (let word = 0; word < vocabulary; word++) sum += table[word * features + i] as number;
        return sum;
      });
      const expected = Array.from(labels).flatMap(() => sums);
      expectAllClose(found.gradients[0] ?? [], expected, { tolerance, what: "gradient" });
    }));

  test("a hidden state that is no number shows in the loss and in its own gradient alone", (context) => {
    const given = cases[1] as Case;
    return run(context, { ...given, poisoned: true }, async (use, { labels }) => {
      const { value, gradients } = await use((logits) => softmaxCrossEntropy(logits, labels));
      expect(value).toBeNaN();
      const [first] = gradients as [Float32Array];
      expect([...first.subarray(0, given.features)].every(Number.isNaN)).toBe(true);
      expect([...first.subarray(given.features)].some(Number.isNaN)).toBe(false);
    });
  });
});
