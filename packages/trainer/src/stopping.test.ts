import { wasmBackend } from "@dylora/backend-wasm";
import type { RankSampler } from "@dylora/dylora-sampler";
import { memoryCheckpointStore } from "@dylora/io";
import { attach } from "@dylora/lora-core";
import { type Backend, useBackend } from "@dylora/tensor";
import { expectSameBits } from "@dylora/test-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type GoldenRun, goldenRun, listedRanks } from "./fixtures/golden-run.ts";
import {
  type CheckpointStore,
  classification,
  EarlyStopping,
  type LabelledBatch,
  type TrainEvaluation,
  type TrainEvent,
  type TrainOptions,
  train,
} from "./index.ts";

let run: GoldenRun;
let backend: Backend;
beforeAll(async () => {
  backend = await useBackend(wasmBackend());
  run = await goldenRun();
});
afterAll(() => {
  run.adapted.model.dispose();
  backend.dispose();
});

const fresh = () => attach<LabelledBatch>(run.adapted.model, { rank: 4, dropout: 0.1 });
const metricAt = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0);

/** Eight steps, evaluated after each second one by a number that depends on the parameters. */
function optionsFor(adapted = fresh()): TrainOptions<LabelledBatch> & { evaluation: TrainEvaluation } {
  return {
    adapted,
    data: { batch: () => run.batch },
    objective: classification(),
    sampler: listedRanks([1, 3, 2, 4]),
    steps: 8,
    learningRate: 0.01,
    evaluation: {
      every: 2,
      ranks: [1, 4],
      run: async (rank) => ({ metric: rank + metricAt(adapted.adapter.parameters.values) }),
    },
  };
}

/** Steps and evaluations, without their times. */
const shown = (events: readonly TrainEvent[]): unknown[] =>
  events.flatMap((event): unknown[] => {
    if (event.type === "step") return [{ ...event, seconds: 0 }];
    return event.type === "evaluation" ? [event] : [];
  });

async function collect(options: TrainOptions<LabelledBatch>, each?: (event: TrainEvent) => void) {
  const events: TrainEvent[] = [];
  for await (const event of train(options)) {
    events.push(event);
    each?.(event);
  }
  return events;
}

type Options = ReturnType<typeof optionsFor>;
const failure = new Error("something broke");

/** Ways to stop at step 4, whose evaluation has been begun. */
const ways: [string, (options: Options, store: CheckpointStore) => Promise<unknown>][] = [
  [
    "the signal is aborted while a rank is evaluated",
    async (options) => {
      const stop = new AbortController();
      const evaluation = {
        ...options.evaluation,
        async run(rank: number) {
          if (rank === 4 && steps.at(-1) === 4) {
            stop.abort();
            stop.signal.throwIfAborted();
          }
          return options.evaluation.run(rank);
        },
      };
      const steps: number[] = [];
      const events = await collect({ ...options, evaluation, signal: stop.signal }, (event) => {
        if (event.type === "step") steps.push(event.step);
      });
      expect(events.at(-1)).toEqual({ type: "end", step: 4, reason: "aborted" });
    },
  ],
  [
    "the signal is aborted between two ranks",
    async (options) => {
      const stop = new AbortController();
      await collect({ ...options, signal: stop.signal }, (event) => {
        if (event.type === "evaluation" && event.step === 4) stop.abort();
      });
    },
  ],
  [
    "the consumer breaks out of the loop",
    async (options) => {
      for await (const event of train(options)) if (event.type === "step" && event.step === 4) break;
    },
  ],
  [
    "the consumer throws",
    async (options) => {
      const failing = collect(options, (event) => {
        if (event.type === "evaluation" && event.step === 4) throw failure;
      });
      await expect(failing).rejects.toBe(failure);
    },
  ],
  [
    "the evaluation throws",
    async (options) => {
      let calls = 0;
      const evaluation = {
        ...options.evaluation,
        run: (rank: number) => (++calls === 3 ? Promise.reject(failure) : options.evaluation.run(rank)),
      };
      await expect(collect({ ...options, evaluation })).rejects.toBe(failure);
    },
  ],
  [
    "the data throw",
    async (options) => {
      const batch = (index: number) => {
        if (index === 4) throw failure;
        return run.batch;
      };
      await expect(collect({ ...options, data: { batch } })).rejects.toBe(failure);
    },
  ],
  [
    "the sampler throws on being told of a step",
    async (options) => {
      const sampler: RankSampler = {
        ...listedRanks([1, 3, 2, 4]),
        observe(step) {
          if (step === 3) throw failure;
        },
      };
      await expect(collect({ ...options, sampler })).rejects.toBe(failure);
    },
  ],
];

describe.each(ways)("when %s", (_, stop) => {
  test("the steps taken are saved, and a resume goes on bit for bit", async () => {
    const straight = optionsFor();
    const wanted = shown(await collect(straight));

    const store = memoryCheckpointStore();
    const checkpoints = { store, every: 100 };
    await stop({ ...optionsFor(), checkpoints } as Options, store);
    const checkpoint = await store.latest();
    expect(checkpoint?.step).toBe(4);

    const second = optionsFor();
    const events = await collect({ ...second, checkpoints, resume: true });
    expect(events[0]).toEqual({ type: "start", step: 4, steps: 8 });
    const { trainer } = (checkpoint?.metadata ?? {}) as { trainer: { evaluated: number } };
    const { evaluated } = trainer;
    const rest = (wanted as { step: number; type: string }[]).filter(
      ({ step, type }) => step > 4 || (type === "evaluation" && step === 4 && evaluated < 4),
    );
    expect(shown(events)).toEqual(rest);
    expectSameBits(second.adapted.adapter.parameters.values, straight.adapted.adapter.parameters.values);
  });
});

test("a checkpoint stands before an evaluation begins, and again with its outcome at the end", async () => {
  const store = memoryCheckpointStore();
  const options = optionsFor();
  const seen: unknown[] = [];
  await collect({ ...options, steps: 4, checkpoints: { store, every: 100 } }, (event) => {
    if (event.type === "checkpoint" || event.type === "evaluation") seen.push([event.type, event.step]);
  });
  expect(seen).toEqual([
    ["checkpoint", 2],
    ["evaluation", 2],
    ["evaluation", 2],
    ["checkpoint", 4],
    ["evaluation", 4],
    ["evaluation", 4],
    ["checkpoint", 4],
  ]);
});

test("a finished run can be lengthened; at a constant learning rate it equals one of that length", async () => {
  const store = memoryCheckpointStore();
  const whole = optionsFor();
  await collect(whole);
  await collect({ ...optionsFor(), steps: 4, checkpoints: { store, every: 100 } });
  const second = optionsFor();
  const events = await collect({ ...second, checkpoints: { store, every: 100 }, resume: true });
  expect(events[0]).toEqual({ type: "start", step: 4, steps: 8 });
  expectSameBits(second.adapted.adapter.parameters.values, whole.adapted.adapter.parameters.values);
  const again = await collect({ ...optionsFor(), checkpoints: { store, every: 100 }, resume: true });
  expect(again.map(({ type }) => type)).toEqual(["start", "end"]);
});

describe("a run that breaks down", () => {
  const store = memoryCheckpointStore();

  test("at too large a learning rate: the checkpoint holds parameters that a smaller one goes on from", async () => {
    const options = { ...optionsFor(), steps: 20, checkpoints: { store, every: 1 } };
    const broken = collect({ ...options, learningRate: 1e20 });
    const error = await broken.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "loss_not_finite" });
    const { message, details } = error as { message: string; details: { step: number; goodStep: number } };
    const { step, goodStep } = details;
    expect(goodStep).toBeLessThan(step - 1);
    expect(message).toContain(`parameters are those after step ${goodStep}, which last led to an ordinary loss`);
    expect((await store.latest())?.step).toBe(goodStep);
    const events = await collect({ ...options, adapted: fresh(), evaluation: optionsFor().evaluation, resume: true });
    expect(events.at(-1)).toMatchObject({ step: 20, reason: "done" });
  });

  test("at a batch that cannot be computed: the parameters before it are kept", async () => {
    const good = classification();
    const bad = { ...run.batch };
    const weight = (batch: LabelledBatch) => (batch === bad ? Number.NaN : good.weight(batch));
    const objective = { ...good, weight };
    const data = { batch: (index: number) => (index === 5 ? bad : run.batch) };
    const store = memoryCheckpointStore();
    const { evaluation: _, ...options } = optionsFor();
    const broken = collect({ ...options, objective, data, checkpoints: { store: store, every: 100 } });
    await expect(broken).rejects.toMatchObject({ code: "loss_not_finite", details: { step: 6, goodStep: 5 } });
    expect((await store.latest())?.step).toBe(5);
  });
});

describe("early stopping", () => {
  const stopsAt = (metrics: readonly number[], patience: number, restart = false): number | undefined => {
    let stopping = new EarlyStopping({ patience });
    for (const [index, metric] of metrics.entries()) {
      stopping.observe(metric);
      if (stopping.stopped) return index;
      if (!restart) continue;
      const state = JSON.parse(JSON.stringify(stopping.state()));
      stopping = new EarlyStopping({ patience });
      stopping.restore(state);
    }
    return undefined;
  };

  test.each([false, true])("NaN is never the best (saved and restored after each evaluation: %s)", (restart) => {
    const { NaN: nan } = Number;
    expect(stopsAt([nan, 0.5, 0.8, 0.9], 1, restart)).toBeUndefined();
    expect(stopsAt([nan, nan, nan, 0.5, 0.8], 2, restart)).toBeUndefined();
    expect(stopsAt([0.5, nan, 0.6, nan, nan], 2, restart)).toBe(4);
    expect(stopsAt([nan, 0.5, 0.4, nan], 2, restart)).toBe(3);
    expect(stopsAt([Number.POSITIVE_INFINITY, 0.5, 0.6], 1, restart)).toBeUndefined();
  });

  test("a checkpoint of an earlier version, whose best was NaN and became null, has no best", () => {
    const stopping = new EarlyStopping({ patience: 1 });
    stopping.restore({ metric: null, since: 1 });
    expect(stopping.stopped).toBe(false);
    stopping.observe(0.3);
    expect(stopping.state()).toEqual({ metric: 0.3, since: 0 });
  });
});
