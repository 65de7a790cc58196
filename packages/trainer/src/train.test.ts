import { wasmBackend } from "@dylora/backend-wasm";
import { createSampler, fixed, type RankSampler, uniform } from "@dylora/dylora-sampler";
import { expectGoldenParameters } from "@dylora/golden-suite";
import { memoryCheckpointStore } from "@dylora/io";
import { attach, createAdapter } from "@dylora/lora-core";
import { type Backend, useBackend } from "@dylora/tensor";
import { cpuBackend, expectAllClose, expectSameBits, leakGuard } from "@dylora/test-kit";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type GoldenRun, goldenRun, listedRanks, rowsOf } from "./fixtures/golden-run.ts";
import {
  classification,
  type LabelledBatch,
  linearSchedule,
  type Objective,
  type TrainEvent,
  type TrainOptions,
  train,
} from "./index.ts";

async function collect(options: TrainOptions<LabelledBatch>): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  for await (const event of train(options)) events.push(event);
  return events;
}

function losses(events: readonly TrainEvent[]): number[] {
  return events.flatMap((event) => (event.type === "step" ? [event.loss] : []));
}

function expectParameters({ golden, adapted }: GoldenRun, prefix: string): void {
  const { entries, values } = adapted.adapter.parameters;
  expectGoldenParameters(entries, values, golden, prefix);
}

describe.each([
  ["cpu", cpuBackend],
  ["wasm", wasmBackend],
])("on %s", (_, descriptor) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await useBackend(descriptor());
  });
  afterAll(() => backend.dispose());

  const optionsOf = ({ golden, adapted, batch }: GoldenRun): TrainOptions<LabelledBatch> => {
    const { lr, weight_decay } = golden.meta["optimizer"] as { lr: number; weight_decay: number };
    return {
      adapted,
      data: { batch: () => batch },
      objective: classification(),
      sampler: listedRanks(golden.meta["ranks"] as number[]),
      steps: 10,
      learningRate: lr,
      optimizer: { weightDecay: weight_decay },
    };
  };

  test.each([
    ["full", "train.full."],
    ["frozen-reference", "train.frozen_reference."],
    ["frozen", "train.frozen_strict."],
  ] as const)("ten steps in mode %s equal torch's", async (updateMode, prefix) => {
    const run = await goldenRun();
    const events = await collect({ ...optionsOf(run), updateMode });
    expectAllClose(losses(events), run.golden.floats(`${prefix}losses`), { tolerance: 1e-4 });
    expectParameters(run, `${prefix}end.`);
    run.adapted.model.dispose();
  });

  test("micro-batches of unequal size equal the whole batch, dropout included", async () => {
    const whole = await goldenRun();
    const parts = await goldenRun();
    for (const run of [whole, parts]) Object.assign(run.adapted.adapter.config, { dropout: 0.2 });
    const shared = { ...optionsOf(whole), steps: 3, seed: 5 };
    await collect(shared);
    const cuts = [rowsOf(parts.batch, 0, 2), rowsOf(parts.batch, 2, 5)];
    const data = { batch: (index: number) => cuts[index % 2] as LabelledBatch };
    await collect({ ...shared, adapted: parts.adapted, data, accumulation: 2 });
    const [a, b] = [parts, whole].map((run) => run.adapted.adapter.parameters.values) as [Float32Array, Float32Array];
    expectAllClose(a, b, { tolerance: 1e-4 });
    for (const run of [whole, parts]) run.adapted.model.dispose();
  });

  test("a resumed run equals the uninterrupted one bit for bit", async () => {
    const straight = await goldenRun();
    const options = {
      ...optionsOf(straight),
      steps: 6,
      updateMode: "frozen" as const,
      schedule: linearSchedule({ steps: 6, warmup: 2 }),
    };
    const wanted = losses(await collect(options));

    const store = memoryCheckpointStore();
    const first = await goldenRun();
    const stop = new AbortController();
    const seen: number[] = [];
    for await (const event of train({
      ...options,
      adapted: first.adapted,
      checkpoints: { store, every: 100 },
      signal: stop.signal,
    })) {
      if (event.type === "step") seen.push(event.loss);
      if (seen.length === 3) stop.abort();
    }
    const second = await goldenRun();
    const events = await collect({
      ...options,
      adapted: second.adapted,
      checkpoints: { store, every: 2 },
      resume: true,
    });
    expect(events[0]).toEqual({ type: "start", step: 3, steps: 6 });
    expect([...seen, ...losses(events)]).toEqual(wanted);
    expectSameBits(second.adapted.adapter.parameters.values, straight.adapted.adapter.parameters.values);
    for (const run of [straight, first, second]) run.adapted.model.dispose();
  });

  test("strictly frozen: rows other than the drawn one keep every bit", async () => {
    const run = await goldenRun();
    const { adapter } = run.adapted;
    const before = adapter.parameters.values.slice();
    await collect({ ...optionsOf(run), sampler: listedRanks([3]), steps: 2, updateMode: "frozen" });
    // with rank 3 alone to draw, rows 1 to 3 are its newest; row 4 is never touched
    for (const { name, offset, shape, kind } of adapter.parameters.entries) {
      if (kind === "full") continue;
      const columns = shape[1] ?? 0;
      const row = (values: Float32Array, k: number) =>
        values.subarray(offset + k * columns, offset + (k + 1) * columns);
      expectSameBits(row(adapter.parameters.values, 3), row(before, 3));
      expect(row(adapter.parameters.values, 2), name).not.toEqual(row(before, 2));
    }
    run.adapted.model.dispose();
  });

  test("a rank for every example is the mean over examples of one rank each", async () => {
    const run = await goldenRun();
    const { adapted, batch } = run;
    const objective = classification();
    const loss = (part: LabelledBatch) => (logits: Parameters<Objective<LabelledBatch>["loss"]>[0]) =>
      objective.loss(logits, part);
    const ranks = [2, 4, 1, 3, 1];
    const joint = await adapted.gradients(batch, loss(batch), { view: { ranks } });
    const sum = new Float32Array(joint.gradients.length);
    for (const [example, rank] of ranks.entries()) {
      const one = rowsOf(batch, example, example + 1);
      const { gradients } = await adapted.gradients(one, loss(one), { view: { rank } });
      gradients.forEach((value, index) => {
        sum[index] = (sum[index] ?? 0) + value / ranks.length;
      });
    }
    expectAllClose(joint.gradients, sum, { tolerance: 1e-5 });
    const events = await collect({ ...optionsOf(run), steps: 2, rankPer: "example" });
    expect(events.filter((event) => event.type === "step")).toMatchObject([{ rank: undefined }, { rank: undefined }]);
    adapted.model.dispose();
  });

  test("Matryoshka gives every rank a gradient at each step", async () => {
    const run = await goldenRun();
    const before = run.adapted.adapter.parameters.values.slice();
    await collect({ ...optionsOf(run), optimizer: { weightDecay: 0 }, steps: 1, updateMode: "matryoshka" });
    const still = before.filter((value, index) => value === run.adapted.adapter.parameters.values[index]).length;
    expect(still / before.length).toBeLessThan(0.01);
    run.adapted.model.dispose();
  });

  test("training frees everything it allocates", async () => {
    const run = await goldenRun();
    await collect({ ...optionsOf(run), steps: 1 });
    await leakGuard(() => collect({ ...optionsOf(run), steps: 3 }));
    run.adapted.model.dispose();
  });
});

describe("what can go wrong", () => {
  let run: GoldenRun;
  let backend: Backend;
  const options = (): TrainOptions<LabelledBatch> => ({
    adapted: run.adapted,
    data: { batch: () => run.batch },
    objective: classification(),
    sampler: listedRanks([1, 2]),
    steps: 4,
    learningRate: 0.01,
  });
  beforeAll(async () => {
    backend = await useBackend(cpuBackend());
    run = await goldenRun();
  });
  afterAll(() => {
    run.adapted.model.dispose();
    backend.dispose();
  });

  test("a loss that is not finite stops the run, naming step and rank; parameters and checkpoint stay good", async () => {
    const adapter = createAdapter(run.adapted.model, { rank: 4 });
    const adapted = attach<LabelledBatch>(run.adapted.model, adapter);
    const store = memoryCheckpointStore();
    const good = classification();
    let calls = 0;
    const objective: Objective<LabelledBatch> = {
      ...good,
      loss: (logits, batch) =>
        ++calls === 3 ? good.loss(tf.mul(logits, Number.NaN), batch) : good.loss(logits, batch),
    };
    let last = new Float32Array();
    const failing = async () => {
      for await (const event of train({ ...options(), adapted, objective, checkpoints: { store, every: 1 } })) {
        if (event.type === "step") last = adapter.parameters.values.slice();
      }
    };
    await expect(failing()).rejects.toMatchObject({
      code: "loss_not_finite",
      message: expect.stringMatching(/step 3, rank 1/),
    });
    expectSameBits(adapter.parameters.values, last);
    expect((await store.latest())?.step).toBe(2);
  });

  test.each<[string, Partial<TrainOptions<LabelledBatch>>, string]>([
    ["no steps", { steps: 0 }, "bad_training"],
    ["half a micro-batch", { accumulation: 0.5 }, "bad_training"],
    ["a learning rate of zero", { learningRate: 0 }, "bad_training"],
    ["a rank per example with frozen rows", { rankPer: "example", updateMode: "frozen" }, "bad_training"],
    ["a rank above the adapter's", { sampler: listedRanks([1, 5]) }, "rank_out_of_range"],
    ["a sampler beside a distribution", { distribution: uniform({ max: 2 }) }, "bad_training"],
    ["rank 0", { sampler: listedRanks([0, 1]) }, "rank_out_of_range"],
  ])("%s is refused before any work", async (_, change, code) => {
    const before = run.adapted.adapter.parameters.values.slice();
    await expect(collect({ ...options(), ...change })).rejects.toMatchObject({ code });
    expectSameBits(run.adapted.adapter.parameters.values, before);
  });

  test("ranks are drawn from all of the adapter's by the run's seed where nothing is said", async () => {
    const { sampler: _, ...bare } = options();
    const ranksOf = async (settings: TrainOptions<LabelledBatch>) =>
      (
        await collect({ ...settings, adapted: attach<LabelledBatch>(run.adapted.model, { rank: 4 }), steps: 20 })
      ).flatMap((event) => (event.type === "step" ? [event.rank] : []));
    const drawn = await ranksOf({ ...bare, seed: 5 });
    const sampler = createSampler(uniform({ max: 4 }), { seed: 5 });
    expect(drawn).toEqual(drawn.map((_rank, step) => sampler.rankAt(step)));
    expect(new Set(await ranksOf({ ...bare, distribution: fixed(3) }))).toEqual(new Set([3]));
  });

  test("a checkpoint of another adapter or seed is refused", async () => {
    const store = memoryCheckpointStore();
    const adapted = (rank: number) => attach<LabelledBatch>(run.adapted.model, { rank });
    const checkpoints = { store, every: 1 };
    await collect({ ...options(), adapted: adapted(4), steps: 1, checkpoints });
    await expect(collect({ ...options(), adapted: adapted(2), checkpoints, resume: true })).rejects.toMatchObject({
      code: "checkpoint_mismatch",
    });
    await expect(
      collect({ ...options(), adapted: adapted(4), checkpoints, resume: true, seed: 9 }),
    ).rejects.toMatchObject({
      code: "seed_mismatch",
    });
  });

  test("early stopping counts evaluations without progress, also over a resume", async () => {
    const metrics = [0.5, 0.6, 0.6, 0.59, 0.7];
    let at = 0;
    const evaluation = {
      every: 1,
      ranks: [2],
      run: async () => ({ metric: metrics[at++] ?? 0 }),
      earlyStopping: { patience: 2 },
    };
    const events = await collect({ ...options(), steps: 10, evaluation });
    expect(events.at(-1)).toEqual({ type: "end", step: 4, reason: "early-stopping" });
  });

  test("a sampler that learns sees each step in order, and its state travels with the checkpoint", async () => {
    const store = memoryCheckpointStore();
    const make = (): RankSampler & { seen: [number, number][] } => {
      const sampler = {
        ...listedRanks([1, 2]),
        seen: [] as [number, number][],
        observe: (step: number, rank: number) => void sampler.seen.push([step, rank]),
        state: () => sampler.seen,
        restore: (state: unknown) => {
          sampler.seen = structuredClone(state) as [number, number][];
        },
      };
      return sampler;
    };
    const adapted = attach<LabelledBatch>(run.adapted.model, { rank: 2 });
    const first = make();
    await collect({ ...options(), adapted, sampler: first, steps: 2, checkpoints: { store, every: 1 } });
    const second = make();
    await collect({ ...options(), adapted, sampler: second, checkpoints: { store, every: 9 }, resume: true });
    expect(second.seen).toEqual([
      [0, 1],
      [1, 2],
      [2, 1],
      [3, 2],
    ]);
  });
});
