import { join } from "node:path";
import { createSampler, geometric } from "@dylora/dylora-sampler";
import { memoryCheckpointStore } from "@dylora/io";
import { readPeftAdapter } from "@dylora/io/node";
import { attach, fromPeft } from "@dylora/lora-core";
import { sequenceClassification } from "@dylora/model-roberta";
import { type BackendDescriptor, backendNames, useBackend } from "@dylora/tensor";
import { cpuBackend, expectAllClose, leakGuard } from "@dylora/test-kit";
import { classification, type LabelledBatch, linearSchedule, train } from "@dylora/trainer";
import { describe, expect, type TestContext, test } from "vitest";
import { loadGolden } from "./golden.ts";
import { batchOf, openRoberta } from "./golden-runs.ts";

/** Every backend that `auto` knows, and tfjs's own. */
const backends: Readonly<Record<string, BackendDescriptor>> = Object.fromEntries([
  ["cpu", cpuBackend()],
  ...(await Promise.all(
    backendNames.map(async (name) => {
      const { descriptor } = (await import(`@dylora/backend-${name}`)) as { descriptor: BackendDescriptor };
      return [name, descriptor] as const;
    }),
  )),
]);
const steps = 6;
const half = steps / 2;

/** What decides a step, and its loss. */
interface Trace {
  readonly batches: number[];
  readonly ranks: number[];
  readonly losses: number[];
}

type Store = ReturnType<typeof memoryCheckpointStore>;

/** Trains on a backend, from what the store holds up to a step, and leaves nothing behind. */
async function trainOn(name: string, store: Store, until: number, trace: Trace): Promise<void> {
  const golden = await loadGolden("roberta-tiny");
  const { size, length, inputIds, attentionMask } = batchOf(golden, "input_ids", "attention_mask");
  const labels = golden.integers("labels");
  /** Two examples of the golden batch, other ones in every step. */
  const batch = (index: number): LabelledBatch => {
    const first = index % (size - 1);
    const cut = (values: readonly number[]) => values.slice(first * length, (first + 2) * length);
    return {
      ...{ inputIds: cut(inputIds), attentionMask: cut(attentionMask), labels: labels.slice(first, first + 2) },
      ...{ size: 2, length },
    };
  };
  const backend = await useBackend(backends[name] as BackendDescriptor);
  await leakGuard(async () => {
    const model = await openRoberta(golden, "base", sequenceClassification(3));
    const adapter = fromPeft(model, await readPeftAdapter(join(golden.folder, "adapter")));
    const adapted = attach<LabelledBatch>(model, adapter);
    Object.assign(adapter.config, { dropout: 0.1 });
    const stop = new AbortController();
    const events = train({
      adapted,
      data: {
        batch(index) {
          trace.batches.push(index);
          return batch(index);
        },
      },
      objective: classification(),
      sampler: createSampler(geometric({ max: 4 }), { seed: 3 }),
      ...{ steps, learningRate: 1e-3, seed: 11, signal: stop.signal },
      schedule: linearSchedule({ steps, warmup: 2 }),
      checkpoints: { store: store, every: 1 },
      resume: true,
    });
    for await (const event of events) {
      if (event.type !== "step") continue;
      trace.ranks.push(event.rank ?? 0);
      trace.losses.push(event.loss);
      if (trace.losses.length === until) stop.abort();
    }
    model.dispose();
  });
  backend.dispose();
}

/** A run on one backend and then on another; the trace and the last checkpoint. */
async function runOver(first: string, second: string) {
  const store = memoryCheckpointStore();
  const trace: Trace = { batches: [], ranks: [], losses: [] };
  await trainOn(first, store, half, trace);
  expect(trace.losses).toHaveLength(half);
  expect(await store.list()).toContain(half);
  await trainOn(second, store, steps, trace);
  const last = await store.latest();
  expect(last?.step).toBe(steps);
  return { trace, tensors: last?.tensors ?? {} };
}

const whole = new Map<string, ReturnType<typeof runOver>>();

/** The same run on one backend all the way: made once, stopped and resumed as the others are. */
function runOn(name: string) {
  const run = whole.get(name) ?? runOver(name, name);
  whole.set(name, run);
  return run;
}

async function skipWhereMissing(context: TestContext, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const answer = await (backends[name] as BackendDescriptor).available();
    if (!answer.available) context.skip(`${name}: ${answer.reason}; ${answer.remedy}`);
  }
}

const pairs = Object.keys(backends).flatMap((a) => Object.keys(backends).flatMap((b) => (a === b ? [] : [[a, b]])));

describe("a run begun on one backend ends on another as it would have on the first", () => {
  test.for(pairs as [string, string][])("%s, then %s", async ([first, second], context) => {
    await skipWhereMissing(context, [first, second]);
    if (first.startsWith("node") && second.startsWith("node")) {
      return context.skip("one process loads one of node and node-gpu");
    }
    const moved = await runOver(first, second);
    const stayed = await runOn(first);
    expect(moved.trace.ranks).toHaveLength(steps);
    expect(moved.trace.ranks).toEqual(stayed.trace.ranks);
    expect(moved.trace.batches).toEqual(stayed.trace.batches);
    expectAllClose(moved.trace.losses, stayed.trace.losses, { tolerance: 1e-4, what: "losses" });
    expect(Object.keys(moved.tensors)).toEqual(Object.keys(stayed.tensors));
    for (const [name, values] of Object.entries(stayed.tensors)) {
      const [found, wanted] = [moved.tensors[name], values] as [Float32Array, Float32Array];
      // Second moments are far below 1: each array is compared in units of its own greatest number.
      const size = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
      const scaled = (numbers: Float32Array): number[] => Array.from(numbers, (value) => value / size);
      expectAllClose(scaled(found), scaled(wanted), { tolerance: 1e-3, what: name });
    }
    expect(moved.tensors["adamw.steps"]).toEqual(stayed.tensors["adamw.steps"]);
  });
});
