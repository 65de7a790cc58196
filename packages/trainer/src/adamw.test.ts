import { type ParameterRange, ParameterStore } from "@dylora/lora-core";
import { expectAllClose } from "@dylora/test-kit";
import { describe, expect, test } from "vitest";
import { adamwGolden, scheduleOf, type Trajectory } from "./fixtures/adamw-golden.ts";
import { AdamW, clipGradientNorm } from "./index.ts";

const names = Object.keys(adamwGolden.shapes);

function storeOf({ initial }: Trajectory): ParameterStore {
  const store = new ParameterStore(
    names.map((name) => ({
      name,
      shape: adamwGolden.shapes[name] ?? [],
      kind: name === "weight" ? ("lora_A" as const) : ("full" as const),
    })),
  );
  for (const name of names) store.set(name, initial[name] ?? []);
  return store;
}

/** Stretches that torch stepped: parameters with a gradient, or the rows named. */
function activeRanges(store: ParameterStore, step: Trajectory["steps"][number]): ParameterRange[] {
  return names.flatMap((name): ParameterRange[] => {
    const { offset, size, shape } = store.entry(name);
    const rows = step.active_rows?.[name];
    if (step.gradients[name] == null) return [];
    if (rows === undefined) return [{ start: offset, end: offset + size }];
    const columns = shape[1] ?? 1;
    return rows.map((row) => ({ start: offset + row * columns, end: offset + (row + 1) * columns }));
  });
}

describe("AdamW follows torch", () => {
  test.each(adamwGolden.cases)("$name", (golden) => {
    const store = storeOf(golden);
    const decay = golden.weight_decay;
    const optimizer = new AdamW(store, {
      betas: golden.betas,
      epsilon: golden.eps,
      weightDecay: typeof decay === "number" ? decay : 0,
      perParameter: ({ name }) => (typeof decay === "number" ? {} : { weightDecay: decay[name] ?? 0 }),
    });
    const schedule = scheduleOf(golden.schedule);
    for (const [index, step] of golden.steps.entries()) {
      const gradients = new Float32Array(store.values.length);
      for (const name of names) gradients.set(step.gradients[name] ?? [], store.entry(name).offset);
      if (golden.max_grad_norm !== null) {
        const norm = clipGradientNorm(gradients, golden.max_grad_norm);
        expectAllClose([norm], [step.grad_norm ?? Number.NaN], { tolerance: 1e-6, what: "norm" });
      }
      const rate = golden.lr * schedule(index);
      expect(rate).toBeCloseTo(step.lr, 12);
      optimizer.step(gradients, rate, activeRanges(store, step));
      for (const name of names) {
        expectAllClose(store.get(name), step.values[name] ?? [], { tolerance: 2e-6, what: `${name}, step ${index}` });
      }
    }
  });
});

test("rows that a step leaves out keep every bit of value and state", () => {
  const golden = adamwGolden.cases[0] as Trajectory;
  const store = storeOf(golden);
  const optimizer = new AdamW(store, { weightDecay: 0.5 });
  const gradients = Float32Array.from(store.values, (_, index) => Math.sin(index + 1));
  optimizer.step(gradients, 0.1);
  const before = [store.values.slice(), optimizer.firstMoment.slice(), optimizer.secondMoment.slice()];
  const stepsBefore = optimizer.steps.slice();
  optimizer.step(gradients, 0.1, [{ start: 2, end: 4 }]);
  const after = [store.values, optimizer.firstMoment, optimizer.secondMoment];
  for (const [index, values] of after.entries()) {
    expect([...values.subarray(0, 2), ...values.subarray(4)]).toEqual([
      ...(before[index]?.subarray(0, 2) ?? []),
      ...(before[index]?.subarray(4) ?? []),
    ]);
    expect(values.subarray(2, 4)).not.toEqual(before[index]?.subarray(2, 4));
  }
  expect([...optimizer.steps]).toEqual([...stepsBefore].map((count, row) => count + (row === 1 ? 1 : 0)));
});

test("a learning-rate scale acts on its parameter alone", () => {
  const golden = adamwGolden.cases[0] as Trajectory;
  const [plain, scaled] = [storeOf(golden), storeOf(golden)];
  const gradients = Float32Array.from(plain.values, (_, index) => index - 5);
  new AdamW(plain, { weightDecay: 0 }).step(gradients, 0.01);
  const perParameter = ({ name }: { name: string }) => (name === "weight" ? { learningRateScale: 16 } : {});
  new AdamW(scaled, { weightDecay: 0, perParameter }).step(gradients, 0.01);
  expect(scaled.get("bias")).toEqual(plain.get("bias"));
  const start = golden.initial["weight"] ?? [];
  const moved = Array.from(
    plain.get("weight"),
    (value, index) => (start[index] ?? 0) + 16 * (value - (start[index] ?? 0)),
  );
  expectAllClose(scaled.get("weight"), moved, { tolerance: 1e-5 });
});

test.each([
  ["beta", { betas: [0.9, 1] as const }],
  ["epsilon", { epsilon: -1 }],
  ["weight decay", { weightDecay: -0.1 }],
  ["learning-rate scale", { perParameter: () => ({ learningRateScale: Number.NaN }) }],
])("a bad %s is refused", (what, options) => {
  const make = () => new AdamW(storeOf(adamwGolden.cases[0] as Trajectory), options);
  expect(make).toThrow(expect.objectContaining({ code: "bad_optimizer", message: expect.stringContaining(what) }));
});
