import { readFile } from "node:fs/promises";
import { goldenFolder } from "@dylora/golden-suite";
import { type ParameterRange, ParameterStore } from "@dylora/lora-core";
import { expectAllClose, expectSameBits } from "@dylora/test-kit";
import { AdamW, clipGradientNorm } from "@dylora/trainer";
import { describe, expect } from "vitest";
import { withComposedAdamw } from "./fixtures/composed-adamw.ts";
import { addonOf } from "./fixtures/kernel-runs.ts";
import { nativeTests } from "./fixtures/native-tests.ts";

type Numbers = Readonly<Record<string, readonly number[] | null>>;

/** A trajectory of torch's AdamW, as tools/golden/adamw.py writes it. */
interface Trajectory {
  readonly name: string;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weight_decay: number | Readonly<Record<string, number>>;
  readonly max_grad_norm: number | null;
  readonly initial: Numbers;
  readonly steps: readonly {
    readonly lr: number;
    readonly gradients: Numbers;
    readonly active_rows?: Readonly<Record<string, readonly number[]>>;
    readonly values: Numbers;
  }[];
}

const { shapes, cases } = JSON.parse(await readFile(`${goldenFolder("adamw")}.json`, "utf8")) as {
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly cases: readonly Trajectory[];
};
const names = Object.keys(shapes);

const check = nativeTests();

/** Stretches that torch stepped: parameters with a gradient, or the rows named. */
function activeRanges(store: ParameterStore, { gradients, active_rows }: Trajectory["steps"][number]) {
  return names.flatMap((name): ParameterRange[] => {
    if (gradients[name] == null) return [];
    const { offset, size, shape } = store.entry(name);
    const [, columns = 1] = shape;
    const rows = active_rows?.[name];
    if (rows === undefined) return [{ start: offset, end: offset + size }];
    return rows.map((row) => ({ start: offset + row * columns, end: offset + (row + 1) * columns }));
  });
}

/** Goes through a trajectory; values after every step, and what the optimiser ends with. */
function follow(golden: Trajectory) {
  const kindOf = (name: string) => (name === "weight" ? "lora_A" : "full");
  const store = new ParameterStore(names.map((name) => ({ name, shape: shapes[name] ?? [], kind: kindOf(name) })));
  for (const name of names) store.set(name, golden.initial[name] ?? []);
  const decay = golden.weight_decay;
  const weightDecayOf = (name: string) => (typeof decay === "number" ? decay : (decay[name] ?? 0));
  const optimizer = new AdamW(store, {
    betas: golden.betas,
    epsilon: golden.eps,
    perParameter: ({ name }) => ({ weightDecay: weightDecayOf(name) }),
  });
  const values = golden.steps.map((step) => {
    const gradients = new Float32Array(store.values.length);
    for (const name of names) gradients.set(step.gradients[name] ?? [], store.entry(name).offset);
    if (golden.max_grad_norm !== null) clipGradientNorm(gradients, golden.max_grad_norm);
    optimizer.step(gradients, step.lr, activeRanges(store, step));
    return Object.fromEntries(names.map((name) => [name, store.get(name).slice()]));
  });
  return { values, state: [optimizer.firstMoment, optimizer.secondMoment, optimizer.steps] as const };
}

describe("AdamW in C++ follows torch, and the loop in JavaScript bit for bit", () => {
  for (const golden of cases) {
    check(golden.name, async () => {
      const native = follow(golden);
      for (const [index, step] of golden.steps.entries()) {
        for (const name of names) {
          const found = native.values[index]?.[name] ?? [];
          expectAllClose(found, step.values[name] ?? [], { tolerance: 2e-6, what: `${name}, step ${index}` });
        }
      }
      const plain = await withComposedAdamw(() => follow(golden));
      for (const name of names) {
        for (const [index, values] of plain.values.entries()) {
          expectSameBits(native.values[index]?.[name] ?? [], values[name] ?? [], `${name}, step ${index}`);
        }
      }
      for (const [index, state] of plain.state.entries()) expectSameBits(native.state[index] ?? [], state, "state");
    });
  }
});

describe("the addon refuses a step whose arrays do not fit", () => {
  const arrays = () => Array.from({ length: 4 }, () => new Float32Array(8)) as Four;
  const factors = Float64Array.of(1, 1, 1);
  const call = ([values, gradients, m, v]: Four, ranges: Int32Array, of: Float64Array) => {
    addonOf().adamw(values, gradients, m, v, ranges, of, 0.9, 0.999, 1e-8);
  };
  const refused: readonly (readonly [string, () => void, RegExp])[] = [
    [
      "gradients too short",
      () => call(arrays().with(1, new Float32Array(7)) as Four, Int32Array.of(0, 8), factors),
      /argument 2/,
    ],
    ["a moment too long", () => call(arrays().with(3, new Float32Array(9)) as Four, Int32Array.of(0, 8), factors), /4/],
    ["an end behind the arrays", () => call(arrays(), Int32Array.of(0, 9), factors), /argument 5/],
    ["a start below 0", () => call(arrays(), Int32Array.of(-1, 4), factors), /argument 5/],
    ["an end before its start", () => call(arrays(), Int32Array.of(4, 3), factors), /argument 5/],
    ["half a pair", () => call(arrays(), Int32Array.of(0, 4, 5), factors), /argument 5/],
    ["overlapping stretches", () => call(arrays(), Int32Array.of(0, 4, 3, 8), new Float64Array(6)), /argument 5/],
    ["too few factors", () => call(arrays(), Int32Array.of(0, 4, 4, 8), factors), /argument 6/],
    [
      "factors in float32",
      () => call(arrays(), Int32Array.of(0, 8), Float32Array.of(1, 1, 1) as unknown as Float64Array),
      /Float64Array/,
    ],
    [
      "moments that share memory",
      () => {
        const [values, gradients, m] = arrays();
        call([values, gradients, m, m], Int32Array.of(0, 8), factors);
      },
      /overlaps/,
    ],
  ];
  for (const [what, run, message] of refused) {
    check(what, () => {
      expect(run).toThrow(TypeError);
      expect(run).toThrow(message);
    });
  }
});

type Four = [Float32Array, Float32Array, Float32Array, Float32Array];
