import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type BatchSource,
  IGNORE_LABEL,
  lengthBucketedBatches,
  lengthBucketedCausalBatches,
  type PaddedBatch,
  sequentialBatches,
  sequentialCausalBatches,
} from "./index.ts";

const PAD = 1;

/** Examples of the given lengths whose ids (all >= 2) tell them apart. */
const ofLengths = (lengths: readonly number[]) =>
  lengths.map((length, position) => ({
    inputIds: Array.from({ length }, (_, i) => 2 + position * 1000 + i),
    label: position % 3,
  }));

const dataSets = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 300 }).map(ofLengths);
const batchSizes = fc.integer({ min: 1, max: 17 });
const seeds = fc.maxSafeInteger();

const epochOf = <B extends PaddedBatch>(source: BatchSource<B>, epoch: number): B[] =>
  Array.from({ length: source.batchesPerEpoch }, (_, i) => source.batch(epoch * source.batchesPerEpoch + i));

const positionsOf = (batches: readonly PaddedBatch[]) => batches.flatMap((batch) => [...batch.indices]);
const paddingOf = (batches: readonly PaddedBatch[]) =>
  batches.reduce((sum, { attentionMask }) => sum + attentionMask.filter((bit) => bit === 0).length, 0);

describe("lengthBucketedBatches", () => {
  test("every epoch holds every example exactly once, in full batches but one", () => {
    fc.assert(
      fc.property(dataSets, batchSizes, seeds, fc.nat(5), fc.boolean(), (encoded, batchSize, seed, epoch, shuffle) => {
        const source = lengthBucketedBatches(encoded, { batchSize, seed, padId: PAD, shuffle });
        const batches = epochOf(source, epoch);
        expect(positionsOf(batches).sort((a, b) => a - b)).toEqual(encoded.map((_, i) => i));
        const remainder = encoded.length % batchSize;
        const short = batches.filter(({ size }) => size !== batchSize);
        expect(short.map(({ size }) => size)).toEqual(remainder === 0 ? [] : [remainder]);
      }),
    );
  });

  test("a batch holds its examples' ids, mask and labels, padded to the longest", () => {
    fc.assert(
      fc.property(dataSets, batchSizes, seeds, fc.integer({ min: 1, max: 9 }), (encoded, batchSize, seed, multiple) => {
        const source = lengthBucketedBatches(encoded, { batchSize, seed, padId: PAD, padToMultipleOf: multiple });
        for (const { inputIds, attentionMask, labels, size, length, indices } of epochOf(source, 0)) {
          const rows = [...indices].map((position) => encoded[position]!);
          const longest = Math.max(...rows.map((row) => row.inputIds.length));
          expect(length % multiple).toBe(0);
          expect(length - longest).toBeLessThan(multiple);
          expect([...labels]).toEqual(rows.map((row) => row.label));
          const pad = (row: readonly number[], fill: number) => [...row, ...Array(length - row.length).fill(fill)];
          expect([...inputIds]).toEqual(rows.flatMap((row) => pad(row.inputIds, PAD)));
          expect([...attentionMask]).toEqual(
            rows.flatMap((row) =>
              pad(
                row.inputIds.map(() => 1),
                0,
              ),
            ),
          );
          expect([size, inputIds.length]).toEqual([rows.length, size * length]);
        }
      }),
    );
  });

  test("any batch can be asked for at any time, in any order, of any copy", () => {
    fc.assert(
      fc.property(
        dataSets,
        batchSizes,
        seeds,
        fc.array(fc.nat(500), { maxLength: 20 }),
        (encoded, batchSize, seed, asked) => {
          const options = { batchSize, seed, padId: PAD };
          const source = lengthBucketedBatches(encoded, options);
          const inOrder = Array.from({ length: Math.max(0, ...asked) + 1 }, (_, i) => source.batch(i));
          const other = lengthBucketedBatches(encoded, options);
          for (const index of asked) expect(other.batch(index)).toEqual(inOrder[index]);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("epochs and seeds differ; without shuffling every epoch is the same", () => {
    const encoded = ofLengths(Array.from({ length: 200 }, (_, i) => 1 + ((i * 7) % 23)));
    const order = (seed: number, epoch: number, shuffle = true) =>
      positionsOf(epochOf(lengthBucketedBatches(encoded, { batchSize: 8, seed, padId: PAD, shuffle }), epoch)).join();
    const distinct = new Set([
      order(0, 0),
      order(0, 1),
      order(1, 0),
      order(-1, 0),
      order(2 ** 32, 0),
      order(2 ** 40, 1),
    ]);
    expect(distinct.size).toBe(6);
    expect(order(0, 3, false)).toBe(order(9, 0, false));
  });

  test("where an example falls in the epoch is uniform over seeds", () => {
    const encoded = ofLengths([1, 2, 3, 4, 5, 6, 7, 8]);
    const counts = new Array<number>(4).fill(0);
    const draws = 4000;
    for (let seed = 0; seed < draws; seed += 1) {
      const batches = epochOf(lengthBucketedBatches(encoded, { batchSize: 2, seed, padId: PAD }), 0);
      counts[batches.findIndex(({ indices }) => indices.includes(3))]! += 1;
    }
    const expected = draws / counts.length;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chiSquare).toBeLessThan(16.27); // 0.1 % point of chi-square with 3 degrees of freedom
  });

  test("bucketing saves nearly all padding of a skewed data set", () => {
    const encoded = ofLengths(
      Array.from({ length: 6000 }, (_, i) => 4 + Math.floor(60 * ((i * 0.754877666) % 1) ** 3)),
    );
    const batches = epochOf(lengthBucketedBatches(encoded, { batchSize: 16, seed: 3, padId: PAD }), 0);
    const tokens = encoded.reduce((sum, { inputIds }) => sum + inputIds.length, 0);
    expect(paddingOf(batches) / tokens).toBeLessThan(0.05);
  });

  test("regression targets come as floats, missing labels as ignored", () => {
    const encoded = [{ inputIds: [5], label: 2.5 }, { inputIds: [6] }];
    const options = { batchSize: 2, seed: 0, padId: PAD, shuffle: false };
    const real = lengthBucketedBatches(encoded, { ...options, kind: "regression" }).batch(0);
    expect(real.labels).toEqual(Float32Array.of(2.5, Number.NaN));
    const classes = lengthBucketedBatches([{ inputIds: [5], label: 2 }, { inputIds: [6] }], options).batch(0);
    expect(classes.labels).toEqual(Int32Array.of(2, IGNORE_LABEL));
  });
});

describe("sequentialBatches", () => {
  test("longest first, each example once, least padding of all orders", () => {
    fc.assert(
      fc.property(dataSets, batchSizes, (encoded, batchSize) => {
        const source = sequentialBatches(encoded, { batchSize, padId: PAD });
        const batches = epochOf(source, 0);
        const lengths = positionsOf(batches).map((position) => encoded[position]!.inputIds.length);
        expect(lengths).toEqual(encoded.map(({ inputIds }) => inputIds.length).sort((a, b) => b - a));
        expect(positionsOf(batches).sort((a, b) => a - b)).toEqual(encoded.map((_, i) => i));
        expect(source.batch(source.batchesPerEpoch)).toEqual(batches[0]);
        const shuffled = lengthBucketedBatches(encoded, { batchSize, padId: PAD, seed: 1 });
        if (encoded.length % batchSize === 0) {
          expect(paddingOf(batches)).toBeLessThanOrEqual(paddingOf(epochOf(shuffled, 0)));
        }
      }),
    );
  });
});

describe("causal batches", () => {
  const encoded = [
    { inputIds: [10, 11, 12], labels: [IGNORE_LABEL, 11, 12] },
    { inputIds: [20, 21], labels: [IGNORE_LABEL, 21] },
  ];

  test("labels are per token and ignored on padding", () => {
    const batch = sequentialCausalBatches(encoded, { batchSize: 2, padId: 0 }).batch(0);
    expect([...batch.labels]).toEqual([IGNORE_LABEL, 11, 12, IGNORE_LABEL, 21, IGNORE_LABEL]);
    expect([...batch.inputIds]).toEqual([10, 11, 12, 20, 21, 0]);
    expect([...batch.attentionMask]).toEqual([1, 1, 1, 1, 1, 0]);
  });

  test("the bucketed form draws the same batches as the labelled one", () => {
    const options = { batchSize: 2, padId: 0, seed: 5 };
    const many = Array.from({ length: 40 }, (_, i) => encoded[i % 2]!);
    const labelled = lengthBucketedBatches(
      many.map(({ inputIds }) => ({ inputIds })),
      options,
    );
    const causal = lengthBucketedCausalBatches(many, options);
    for (let i = 0; i < 50; i += 1) expect(causal.batch(i).indices).toEqual(labelled.batch(i).indices);
  });
});

describe("what is refused", () => {
  const good = { batchSize: 2, seed: 0, padId: 0 };
  const one = [{ inputIds: [1], label: 0 }];
  test.each([
    ["batch size 0", { ...good, batchSize: 0 }, one, "bad_batch_option"],
    ["batch size 1.5", { ...good, batchSize: 1.5 }, one, "bad_batch_option"],
    ["negative pad id", { ...good, padId: -1 }, one, "bad_batch_option"],
    ["multiple of 0", { ...good, padToMultipleOf: 0 }, one, "bad_batch_option"],
    ["fractional seed", { ...good, seed: 0.5 }, one, "bad_batch_option"],
    ["no examples", good, [], "empty_data_set"],
    ["an example without tokens", good, [{ inputIds: [] }], "empty_example"],
    ["a class of 0.5", good, [{ inputIds: [1], label: 0.5 }], "bad_label"],
    ["a NaN target", { ...good, kind: "regression" as const }, [{ inputIds: [1], label: Number.NaN }], "bad_label"],
  ])("%s", (_, options, encoded, code) => {
    expect(() => lengthBucketedBatches(encoded, options)).toThrow(expect.objectContaining({ code }));
    if (!("seed" in options && options.seed !== 0)) {
      expect(() => sequentialBatches(encoded, options)).toThrow(expect.objectContaining({ code }));
    }
  });

  test("a negative batch number, labels that do not match the tokens", () => {
    expect(() => lengthBucketedBatches(one, good).batch(-1)).toThrow(/batch index is -1/);
    expect(() => sequentialBatches(one, good).batch(0.5)).toThrow(/batch index is 0.5/);
    const unmatched = [{ inputIds: [1, 2], labels: [1] }];
    expect(() => sequentialCausalBatches(unmatched, good)).toThrow(/1 labels for 2 tokens/);
    expect(() => lengthBucketedCausalBatches(unmatched, good)).toThrow(expect.objectContaining({ code: "bad_label" }));
  });
});
