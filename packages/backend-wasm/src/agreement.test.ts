/** The kernels against the composed forms on the same backend, at sizes where a float64 reference would take too long. */
import {
  type BlockOperands,
  type BlockOptions,
  type BlockSite,
  type DropoutKey,
  type FusedKernels,
  freezeMatrix,
  fusedKernels,
  type Gate,
  type LoraOperand,
  registerFusedKernels,
} from "@dylora/tensor";
import { expectAllClose, expectSameBits, leakGuard, seededValues } from "@dylora/test-kit";
import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { wasmBackend } from "./index.ts";
import { type KernelContext, kernelContextOf } from "./kernel-context.ts";
import { wasmKernels } from "./kernels.ts";

let context: KernelContext;
let stop: () => void;

beforeAll(async () => {
  const backend = await wasmBackend().init();
  context = await kernelContextOf(tf.backend());
  stop = () => backend.dispose();
});

afterAll(() => stop());

/** Runs a function on our kernels and on the composed ones. */
function onBoth<T>(run: (kernels: FusedKernels) => T): [ours: T, composed: T] {
  registerFusedKernels("wasm", {});
  const composed = run(fusedKernels());
  registerFusedKernels("wasm", wasmKernels(context));
  return [run(fusedKernels()), composed];
}

const tensor = (shape: number[], name: string, scale = 1): Tensor =>
  tf.tensor(seededValues(tf.util.sizeFromShape(shape), `${name} ${shape}`, scale), shape);

const numbers = (tensors: Readonly<Record<string, Tensor>>): Record<string, Float32Array> =>
  Object.fromEntries(Object.entries(tensors).map(([name, value]) => [name, value.dataSync<"float32">()]));

function expectAgreement(run: (kernels: FusedKernels) => Record<string, Float32Array>, what: string): void {
  const [ours, composed] = onBoth(run);
  expect(Object.keys(ours)).toEqual(Object.keys(composed));
  for (const [name, values] of Object.entries(composed)) {
    expectAllClose(ours[name] as Float32Array, values, { tolerance: 2e-5, what: `${what}: ${name}` });
  }
}

interface Case {
  readonly sites: readonly BlockSite[];
  readonly gate: "number" | "ranks" | "examples";
  readonly options: Omit<BlockOptions, "mask">;
  readonly hidden: number;
  readonly inner: number;
  readonly rank: number;
  readonly layout: "out-in" | "in-out";
  /** First and last visible token of the second example. */
  readonly visible?: readonly [number, number];
  readonly adapterDropout?: DropoutKey;
}

/** One pass through a block: result and gradients as numbers; everything it made is freed. */
function pass(kernels: FusedKernels, { sites, gate, options, hidden, inner, rank, layout, visible, ...rest }: Case) {
  const { batch, length } = options;
  const freeze = (inFeatures: number, outFeatures: number, name: string) => ({
    weight: freezeMatrix(seededValues(inFeatures * outFeatures, name, 1.7 / Math.sqrt(inFeatures)), {
      ...{ inFeatures, outFeatures, layout },
    }),
    bias: tensor([outFeatures], name, 0.1) as Tensor1D,
  });
  const norm = (name: string) => ({
    gamma: tf.add(tensor([hidden], name, 0.3), 1) as Tensor1D,
    beta: tensor([hidden], `${name} beta`, 0.3) as Tensor1D,
  });
  const weights: BlockOperands["weights"] = {
    qkv: freeze(hidden, 3 * hidden, "qkv"),
    attentionOutput: freeze(hidden, hidden, "attention output"),
    intermediate: freeze(hidden, inner, "intermediate"),
    output: freeze(inner, hidden, "output"),
    attentionNorm: norm("attention norm"),
    outputNorm: norm("output norm"),
  };
  const gates: Record<Case["gate"], () => Gate> = {
    number: () => 1.5,
    ranks: () => tensor([rank], "gate") as Tensor1D,
    examples: () => tensor([batch, rank], "gate") as Tensor2D,
  };
  const widths: Record<BlockSite, [number, number]> = {
    ...{ query: [hidden, hidden], key: [hidden, hidden], value: [hidden, hidden], qkv: [hidden, 3 * hidden] },
    ...{ attentionOutput: [hidden, hidden], intermediate: [hidden, inner], output: [inner, hidden] },
  };
  const adapters = Object.fromEntries(
    sites.map((site): [BlockSite, LoraOperand] => {
      const [inFeatures, outFeatures] = widths[site];
      const A = tensor([rank, inFeatures], `${site} A`, 1 / Math.sqrt(inFeatures)) as Tensor2D;
      const Bt = tensor([rank, outFeatures], `${site} B`, 0.5) as Tensor2D;
      const { adapterDropout: dropout } = rest;
      return [site, { A, Bt, gate: gates[gate](), ...(dropout === undefined ? {} : { dropout }) }];
    }),
  );
  const mask =
    visible === undefined
      ? undefined
      : tf.tensor2d(
          Float32Array.from({ length: batch * length }, (_, i) => {
            const token = i - length;
            return token < 0 || (token >= visible[0] && token <= visible[1]) || token >= length ? 0 : -1e9;
          }),
          [batch, length],
        );
  const full: BlockOptions = mask === undefined ? options : { ...options, mask };
  const x = tensor([batch * length, hidden], "x", 2) as Tensor2D;
  const result = kernels.block(x, { weights, adapters }, full, true);
  const { dx, adapters: gradients } = result.gradient(tensor([batch * length, hidden], "dy") as Tensor2D, result.saved);
  const silent = kernels.block(x, { weights, adapters }, full, false);
  expect(silent.saved).toEqual([]);
  expectSameBits(silent.y.dataSync(), result.y.dataSync(), "without recording");
  const read = numbers({
    y: result.y,
    dx: dx as Tensor2D,
    ...Object.fromEntries(
      sites.flatMap((site) => {
        const own = gradients[site];
        return own === undefined ? [] : [[`${site} dA`, own.dA] as const, [`${site} dB`, own.dBt] as const];
      }),
    ),
  });
  for (const { weight } of [weights.qkv, weights.attentionOutput, weights.intermediate, weights.output]) {
    weight.dispose();
  }
  return read;
}

const shape = { batch: 3, length: 7, heads: 2, causal: false, epsilon: 1e-5, norm: "post", gelu: "erf" } as const;
const base = { hidden: 22, inner: 37, rank: 3, gate: "number", layout: "out-in", options: shape } as const;
const keyed = (key: number): DropoutKey => ({ key, probability: 0.2, firstExample: 4 });
const dropout = { attention: keyed(1), attentionOutput: keyed(2), output: keyed(3) };
const cases: Record<string, Case> = {
  "no adapter": { ...base, sites: [] },
  "query and value": { ...base, sites: ["query", "value"] },
  "every site": { ...base, sites: ["query", "key", "value", "attentionOutput", "intermediate", "output"] },
  "fused site and a part of it": { ...base, sites: ["qkv", "key"], layout: "in-out" },
  "a gate for each rank": { ...base, sites: ["query", "output"], gate: "ranks" },
  "a gate for each example": { ...base, sites: ["value", "intermediate"], gate: "examples" },
  "pre-norm, causal, tanh": {
    ...{ ...base, sites: ["query", "attentionOutput", "intermediate", "output"], layout: "in-out" },
    options: { ...shape, norm: "pre", causal: true, gelu: "tanh" },
  },
  "padding at the end": { ...base, sites: ["query"], visible: [0, 3] },
  "causal with padding at the start": {
    ...{ ...base, sites: ["query"], visible: [2, 6] },
    options: { ...shape, causal: true },
  },
  "dropout everywhere": {
    ...{ ...base, sites: ["query", "value", "output"], gate: "examples", adapterDropout: keyed(9) },
    options: { ...shape, dropout },
  },
  "dropout everywhere, pre-norm": {
    ...{ ...base, sites: ["qkv", "intermediate"], adapterDropout: keyed(9) },
    options: { ...shape, dropout, norm: "pre", causal: true },
  },
  "rank 1, one token": { ...base, sites: ["query"], rank: 1, options: { ...shape, batch: 1, length: 1 } },
  "longer than a block of queries": {
    ...{ ...base, sites: ["query", "value"], hidden: 64, inner: 256, rank: 8, visible: [0, 90] },
    options: { ...shape, batch: 2, length: 131, dropout },
  },
};

for (const [name, one] of Object.entries(cases)) {
  test(`block: ${name}`, async () => {
    await leakGuard(() => {
      expectAgreement((kernels) => {
        let read: Record<string, Float32Array> = {};
        tf.tidy(() => {
          read = pass(kernels, one);
        });
        return read;
      }, name);
    });
  });
}

test("products of tensors, single and in stacks", async () => {
  await leakGuard(() => {
    for (const [transposeA, transposeB] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ] as const) {
      const [m, n, k] = [13, 19, 7];
      expectAgreement((kernels) => {
        let read: Record<string, Float32Array> = {};
        tf.tidy(() => {
          const a = transposeA ? [k, m] : [m, k];
          const b = transposeB ? [n, k] : [k, n];
          const one = kernels.matMul(tensor(a, "a") as Tensor2D, tensor(b, "b") as Tensor2D, transposeA, transposeB);
          const stack = kernels.batchMatMul(
            tensor([5, ...a], "a") as tf.Tensor3D,
            tensor([5, ...b], "b") as tf.Tensor3D,
            transposeA,
            transposeB,
          );
          expect([one.shape, stack.shape]).toEqual([
            [m, n],
            [5, m, n],
          ]);
          read = numbers({ one, stack });
        });
        return read;
      }, `${transposeA} ${transposeB}`);
    }
  });
});
