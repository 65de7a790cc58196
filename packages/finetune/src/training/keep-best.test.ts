import { memoryCheckpointStore } from "@dylora/io";
import { type AdaptedModel, createAdapter } from "@dylora/lora-core";
import { expect, test } from "vitest";
import { type KeepBestOptions, keepBest } from "./keep-best.ts";

const site = { path: "layer", inFeatures: 3, outFeatures: 2, layout: "out-in" } as const;
const made = (): AdaptedModel =>
  ({
    adapter: createAdapter({ sites: [site], defaultTargets: ["layer"], head: [] }, { rank: 2 }),
  }) as unknown as AdaptedModel;

const at = (step: number, metric: number, rank = 2, loss: number | undefined = undefined) =>
  ({ type: "evaluation", step, rank, metric, loss }) as const;

async function observed(metrics: readonly number[], options: Partial<KeepBestOptions> = {}) {
  const adapted = options.adapted ?? made();
  const keeper = await keepBest({ adapted, rank: 2, higherIsBetter: true, ...options });
  const { values } = adapted.adapter.parameters;
  for (const [index, metric] of metrics.entries()) {
    values.fill(index + 1);
    await keeper.observe(at(10 * (index + 1), metric));
  }
  values.fill(99);
  return { keeper, values };
}

test.each([
  ["the highest", [0.1, 0.5, 0.3], true, 20],
  ["of equal ones the first", [0.1, 0.5, 0.5], true, 20],
  ["the lowest where less is better", [0.4, 0.2, 0.3], false, 20],
  ["never one that is no number", [Number.NaN, 0.2, Number.NaN], true, 20],
])("keeps %s", async (_, metrics, higherIsBetter, step) => {
  const { keeper, values } = await observed(metrics, { higherIsBetter });
  expect(keeper.restore()).toEqual({ step, rank: 2, metric: metrics[step / 10 - 1] });
  expect(new Set(values)).toEqual(new Set([step / 10]));
});

test("without an evaluation that counts nothing changes", async () => {
  const { keeper, values } = await observed([Number.NaN]);
  await keeper.observe(at(5, 1, 1));
  expect(keeper.restore()).toBeUndefined();
  expect(new Set(values)).toEqual(new Set([99]));
});

test("a run that goes on knows the best before, and gives way to a better one alone", async () => {
  const store = memoryCheckpointStore();
  await observed([0.1, 0.5], { store });
  const worse = await observed([0.4], { store, resume: true });
  expect(worse.keeper.restore()).toMatchObject({ step: 20, metric: 0.5 });
  expect(new Set(worse.values)).toEqual(new Set([2]));
  const better = await observed([0.6], { store, resume: true });
  expect(better.keeper.restore()).toMatchObject({ step: 10, metric: 0.6 });
  // What another rank was measured at says nothing about this one; a new run knows of none.
  expect(
    (await keepBest({ adapted: made(), rank: 1, higherIsBetter: true, store, resume: true })).best,
  ).toBeUndefined();
  expect((await keepBest({ adapted: made(), rank: 2, higherIsBetter: true, store })).best).toBeUndefined();
});

test("the parameters of the run that goes on are left as they are", async () => {
  const store = memoryCheckpointStore();
  await observed([0.5], { store });
  const adapted = made();
  adapted.adapter.parameters.values.fill(7);
  await keepBest({ adapted, rank: 2, higherIsBetter: true, store, resume: true });
  expect(new Set(adapted.adapter.parameters.values)).toEqual(new Set([7]));
});

test("of equal metrics the lower loss, and a stop in between does not lose it", async () => {
  const adapted = made();
  const { values } = adapted.adapter.parameters;
  const store = memoryCheckpointStore();
  const options = { adapted, rank: 2, higherIsBetter: true, store };
  const keeper = await keepBest(options);
  for (const [step, metric, loss] of [
    [1, 1, 0.5],
    [2, 1, 0.02],
    [3, 1, 0.03],
    [4, 0.9, 0.01],
  ] as const) {
    values.fill(step);
    await keeper.observe(at(step, metric, 2, loss));
  }
  expect(keeper.best).toEqual({ step: 2, rank: 2, metric: 1, loss: 0.02 });
  const resumed = await keepBest({ ...options, resume: true });
  await resumed.observe(at(5, 1, 2, 0.025));
  expect(resumed.restore()).toEqual({ step: 2, rank: 2, metric: 1, loss: 0.02 });
  expect(new Set(values)).toEqual(new Set([2]));
});
