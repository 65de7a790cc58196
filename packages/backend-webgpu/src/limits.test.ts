import { embedding, freezeEmbedding, freezeMatrix, frozenLinear, unembed, valueAndGradients } from "@dylora/tensor";
import { expectAllClose, expectSameBits, leakGuard, seededValues } from "@dylora/test-kit";
import type { Scalar } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { onGpu } from "./fixtures/on-gpu.ts";

const check = onGpu();

/** Runs on a device whose buffers hold little, as far as the backend knows. */
async function withLimit<T>(bytes: number, run: () => Promise<T>): Promise<T> {
  const gpuBackend = tf.backend() as unknown as { bufferLimit: number };
  const before = gpuBackend.bufferLimit;
  gpuBackend.bufferLimit = bytes;
  try {
    return await run();
  } finally {
    gpuBackend.bufferLimit = before;
  }
}

/** a · b in float64, b given by what is at [k, j]. */
function product(
  a: ArrayLike<number>,
  rows: number,
  inner: number,
  columns: number,
  b: (k: number, j: number) => number,
) {
  return Float64Array.from({ length: rows * columns }, (_, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns];
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += (a[i * inner + k] as number) * b(k, j);
    return sum;
  });
}

const [rows, inFeatures, outFeatures] = [6, 48, 100];
const weight = seededValues(inFeatures * outFeatures, "weight");
const input = seededValues(rows * inFeatures, "x");
const direction = seededValues(rows * outFeatures, "direction");

for (const layout of ["in-out", "out-in"] as const) {
  const at = (i: number, o: number): number =>
    weight[layout === "in-out" ? i * outFeatures + o : o * inFeatures + i] as number;

  check(`a frozen ${layout} matrix above the limit is kept in blocks of rows`, async () => {
    await leakGuard(() =>
      withLimit(4 * 1024, async () => {
        expect(4 * weight.length).toBeGreaterThan(4 * 4 * 1024);
        const frozen = freezeMatrix(weight, { inFeatures, outFeatures, layout });
        const [x, bias] = [tf.tensor2d(input, [rows, inFeatures]), tf.tensor1d(seededValues(outFeatures, "bias"))];
        const away = tf.tensor2d(direction, [rows, outFeatures]);
        const y = frozenLinear(x, { weight: frozen, bias });
        const offsets = seededValues(outFeatures, "bias");
        const expected = product(input, rows, inFeatures, outFeatures, at).map(
          (v, i) => v + (offsets[i % outFeatures] as number),
        );
        expectAllClose(await y.data(), expected, { tolerance: 1e-5, what: "y" });
        const { gradients } = await valueAndGradients(
          () => tf.sum(tf.mul(frozenLinear(x, { weight: frozen, bias }), away)) as Scalar,
          [x],
        );
        const back = product(direction, rows, outFeatures, inFeatures, (o, i) => at(i, o));
        expectAllClose(gradients[0] ?? [], back, { tolerance: 1e-5, what: "dx" });
        frozen.dispose();
        frozen.dispose();
        expect(() => frozenLinear(x, { weight: frozen })).toThrow("this frozen matrix has been disposed");
        tf.dispose([x, bias, away, y]);
      }),
    );
  });
}

check("an embedding above the limit answers as a whole one does", async () => {
  const [words, features] = [700, 16];
  const values = seededValues(words * features, "table");
  const ids = [699, 0, 255, 256, 257, 0, 512, 64];
  const onTable = async () => {
    const table = freezeEmbedding(values, [words, features], "token");
    const x = tf.tensor2d(seededValues(3 * features, "hidden"), [3, features]);
    const bias = tf.tensor1d(seededValues(words, "bias"));
    const away = tf.tensor2d(seededValues(3 * words, "away"), [3, words]);
    const found = embedding(ids, table);
    const scores = unembed(x, table, bias);
    const { gradients } = await valueAndGradients(() => tf.sum(tf.mul(unembed(x, table, bias), away)) as Scalar, [x]);
    const results = { found: await found.data(), scores: await scores.data(), dx: gradients[0] ?? [] };
    tf.dispose([x, bias, away, found, scores]);
    table.dispose();
    return results;
  };
  await leakGuard(async () => {
    const one = await onTable();
    const blocks = await withLimit(16 * 1024, onTable);
    expect(blocks.found).toEqual(
      Float32Array.from(ids.flatMap((id) => [...values.subarray(id * features, (id + 1) * features)])),
    );
    expectSameBits(blocks.found, one.found, "rows");
    expectSameBits(blocks.scores, one.scores, "scores");
    expectAllClose(blocks.dx, one.dx, { tolerance: 1e-5, what: "dx" });
  });
});

check("scores above the limit are refused before their products, with sizes and advice", async () => {
  await leakGuard(() =>
    withLimit(16 * 1024, async () => {
      const table = freezeEmbedding(seededValues(700 * 16, "table"), [700, 16], "token");
      const x = tf.tensor2d(seededValues(16 * 16, "hidden"), [16, 16]);
      const refused = () => unembed(x, table);
      expect(refused).toThrow(
        "a tensor of 0.0427 MiB does not fit this GPU, whose buffers hold at most 0.0156 MiB; use a smaller batch, " +
          "shorter sequences or a smaller model, or a backend on the CPU",
      );
      expect(refused).toThrow(
        expect.objectContaining({ code: "buffer_too_large", details: { size: 44_800, limit: 16_384 } }),
      );
      tf.dispose(x);
      table.dispose();
    }),
  );
});

check("activations above the limit are refused by the op that makes them, and the backend goes on", async () => {
  await leakGuard(() =>
    withLimit(16 * 1024, async () => {
      const frozen = freezeMatrix(seededValues(16 * 16, "weight"), {
        inFeatures: 16,
        outFeatures: 16,
        layout: "in-out",
      });
      const x = tf.tensor2d(seededValues(512 * 16, "x"), [512, 16]);
      expect(() => frozenLinear(x, { weight: frozen })).toThrow(expect.objectContaining({ code: "buffer_too_large" }));
      const less = tf.tensor2d(seededValues(4 * 16, "x"), [4, 16]);
      const y = frozenLinear(less, { weight: frozen });
      expect(await y.data()).toHaveLength(64);
      tf.dispose([x, less, y]);
      frozen.dispose();
    }),
  );
});

check("a row that no buffer holds is refused at once", async () => {
  await withLimit(1024, async () => {
    const tooWide = () =>
      freezeMatrix(new Float32Array(2 * 512), { inFeatures: 2, outFeatures: 512, layout: "in-out" });
    expect(tooWide).toThrow("a row of 512 numbers does not fit this GPU, whose buffers hold at most 0.000977 MiB");
  });
});
