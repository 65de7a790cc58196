import type { AdaptedModel } from "@dylora/lora-core";
import { attach } from "@dylora/lora-core";
import { type Backend, useBackend } from "@dylora/tensor";
import { cpuBackend, leakGuard } from "@dylora/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type GoldenRun, goldenRun } from "./fixtures/golden-run.ts";
import { type FiniteBatchSource, type LabelledBatch, type ScoredRank, sweepRanks } from "./index.ts";

let run: GoldenRun;
let backend: Backend;
beforeAll(async () => {
  backend = await useBackend(cpuBackend());
  run = await goldenRun();
});
afterAll(() => {
  run.adapted.model.dispose();
  backend.dispose();
});

/** The batch of the golden run one example a batch, the last example first. */
function oneByOne({ inputIds, attentionMask, labels, size, length }: LabelledBatch): FiniteBatchSource<LabelledBatch> {
  const row = (values: ArrayLike<number>, at: number) => Array.from(values).slice(at * length, (at + 1) * length);
  return {
    batchesPerEpoch: size,
    batch(index) {
      const at = size - 1 - index;
      return {
        inputIds: row(inputIds, at),
        attentionMask: row(attentionMask, at),
        labels: [labels[at] ?? -100],
        indices: [at],
        size: 1,
        length,
      };
    },
  };
}

const share = {
  compute: (predictions: ArrayLike<number>, labels: ArrayLike<number>) =>
    Array.from(predictions).filter((prediction, index) => prediction === labels[index]).length / labels.length,
};

async function sweep(
  adapted: AdaptedModel<LabelledBatch>,
  options: { ranks?: number[]; labels?: number[] } = {},
): Promise<ScoredRank[]> {
  const found: ScoredRank[] = [];
  for await (const one of sweepRanks(adapted, oneByOne(run.batch), { ...options, metric: share })) found.push(one);
  return found;
}

test("every rank is scored on the order of the data set, as its logits in one batch say", async () => {
  const { adapted, batch } = run;
  const ranks = await sweep(adapted);
  expect(ranks.map(({ rank }) => rank)).toEqual([1, 2, 3, 4]);
  for (const { rank, metric, predictions, parameters } of ranks) {
    const logits = adapted.forward(batch, { view: { rank } });
    const rows = (await logits.array()) as number[][];
    logits.dispose();
    const classes = rows.map((row) => row.indexOf(Math.max(...row)));
    expect(Array.from(predictions)).toEqual(classes);
    expect(metric).toBe(share.compute(classes, batch.labels));
    expect(parameters.lora).toBe(ranks[0]!.parameters.lora * rank);
  }
});

test("labels that are given take the place of the batches' own", async () => {
  const [one] = await sweep(run.adapted, { ranks: [2] });
  const labels = Array.from(one!.predictions);
  expect((await sweep(run.adapted, { ranks: [2], labels }))[0]!.metric).toBe(1);
});

test("without a metric nothing is scored, and nothing leaks", async () => {
  await leakGuard(async () => {
    for await (const one of sweepRanks(run.adapted, oneByOne(run.batch), { ranks: [1, 4] })) {
      expect("metric" in one).toBe(false);
    }
  });
});

test("batches without a label for each example, and ranks that the adapter has not, are refused before any work", async () => {
  const source = oneByOne(run.batch);
  const unlabelled = { ...source, batch: (index: number) => ({ ...source.batch(index), labels: [] }) };
  const broken = {
    ...attach<LabelledBatch>(run.adapted.model, { rank: 2 }),
    forward: () => expect.fail("it has begun"),
  };
  await expect(sweepRanks(broken, unlabelled, { metric: share }).next()).rejects.toMatchObject({ code: "no_labels" });
  await expect(sweepRanks(broken, source, { ranks: [1, 3] }).next()).rejects.toMatchObject({
    code: "rank_out_of_range",
  });
});
