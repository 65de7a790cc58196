import { type Backend, useBackend } from "@dylora/tensor";
import { cpuBackend, expectAllClose, expectSameBits, leakGuard } from "@dylora/test-kit";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attach } from "./adapted-model.ts";
import { fusedSite, outputSite, type TinyBatch, tinyModel } from "./fixtures/tiny-model.ts";
import { batch, logitsOf, loss, prefixGate, referenceLogits, train, trained } from "./fixtures/trained.ts";
import type { RankView } from "./rank-view.ts";
import { scaleAt } from "./scaling.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await useBackend(cpuBackend());
});
afterAll(() => backend.dispose());

const rank = 4;

describe("views", () => {
  test.each([1, 2, 3, 4])("rank %i is the model with ΔW = alpha/b · B[:, :b] · A[:b]", async (b) => {
    const adapted = trained();
    expectAllClose(
      await logitsOf(adapted, { rank: b }),
      referenceLogits(adapted, (own) => prefixGate(own, b)),
      { tolerance: 1e-6 },
    );
    adapted.model.dispose();
  });

  test("pairs of a smaller rank take part with what they have, at their own alpha", async () => {
    const settings = { rankPattern: { "c_attn.q": 2 }, alphaPattern: { "output.dense": 5 } };
    const adapted = trained(settings);
    expect(adapted.adapter.pairs.map((pair) => [pair.rank, pair.alpha])).toEqual([
      [2, 2],
      [4, 2],
      [4, 5],
    ]);
    for (const b of [1, 2, 3, 4]) {
      const expected = referenceLogits(adapted, (own) => prefixGate(own, b));
      expectAllClose(await logitsOf(adapted, { rank: b }), expected, { tolerance: 1e-6 });
    }
    expectSameBits(await logitsOf(adapted, "full"), await logitsOf(adapted, { rank: 4 }));
    adapted.model.dispose();
  });

  test("a rank for every example, 0 among them", async () => {
    const adapted = trained({ rankPattern: { "c_attn.q": 2 } });
    const ranks = [3, 0, 1, 4];
    const expected = referenceLogits(adapted, (own, example) => prefixGate(own, ranks[example]!));
    expectAllClose(await logitsOf(adapted, { ranks }), expected, { tolerance: 1e-6 });
    const off = referenceLogits(adapted, () => []);
    expectAllClose(await logitsOf(adapted, { ranks: [0, 0, 0, 0] }), off, { tolerance: 1e-6 });
    adapted.model.dispose();
  });

  test("a slice, equal ranks and a gate give the same numbers and gradients", async () => {
    const adapted = trained();
    for (const b of [1, 3]) {
      const gate = Float32Array.from({ length: rank }, (_, i) => (i < b ? 2 / b : 0));
      const views: RankView[] = [{ rank: b }, { ranks: [b, b, b, b] }, { gate }];
      const [sliced, ...others] = await Promise.all(views.map((view) => adapted.gradients(batch, loss, { view })));
      for (const other of others) {
        expect(other.loss).toBeCloseTo(sliced!.loss, 6);
        expectAllClose(other.gradients, sliced!.gradients, { tolerance: 1e-6 });
      }
    }
    adapted.model.dispose();
  });

  test("B = 0 changes nothing, at any rank", async () => {
    const adapted = attach(tinyModel(), { rank });
    const base = await logitsOf(adapted, "base");
    for (const view of ["full", { rank: 1 }, { ranks: [1, 2, 3, 4] }] as RankView[]) {
      expectAllClose(await logitsOf(adapted, view), base, { tolerance: 1e-7 });
    }
    adapted.model.dispose();
  });

  test("base is the model as it came, its own head included", async () => {
    const fresh = attach(tinyModel(), { rank });
    const adapted = trained();
    expectSameBits(await logitsOf(adapted, "base"), await logitsOf(fresh, "base"));
    expect(await logitsOf(adapted, "full")).not.toEqual(await logitsOf(adapted, "base"));
    fresh.model.dispose();
    adapted.model.dispose();
  });

  test("several adapters on one model do not disturb each other", async () => {
    const model = tinyModel();
    const first = attach(model, { rank: 2, targets: ["q"] });
    const second = attach(model, { rank: 4, targets: "all-linear" }, { seed: 7 });
    train(first.adapter, "first");
    train(second.adapter, "second");
    const alone = await Promise.all([first, second].map((adapted) => logitsOf(adapted, "full")));
    await second.gradients(batch, loss, { view: { rank: 3 } });
    expectSameBits(await logitsOf(first, "full"), alone[0]!);
    train(first.adapter, "more");
    expectSameBits(await logitsOf(second, "full"), alone[1]!);
    expectSameBits(await logitsOf(first, "base"), await logitsOf(second, "base"));
    model.dispose();
  });

  test("a scaling function decides the factor", async () => {
    const scaling = (b: number, alpha: number) => alpha * b ** -0.3;
    const adapted = trained({ scaling });
    const b = 3;
    const expected = referenceLogits(adapted, (own) =>
      new Array<number>(Math.min(own, b)).fill(scaleAt(scaling, b, 1)),
    );
    expectAllClose(await logitsOf(adapted, { rank: b }), expected, { tolerance: 1e-6 });
    adapted.model.dispose();
  });
});

describe("a bound adapter", () => {
  test("serves any number of calls, of the parameters it was bound with, and leaves nothing", async () => {
    const adapted = trained();
    await logitsOf(adapted, "base");
    await leakGuard(async () => {
      for (const view of ["full", "base", { rank: 2 }, { ranks: [1, 0, 2, 4] }] as RankView[]) {
        const wanted = await logitsOf(adapted, view);
        const bound = adapted.bind(view, batch.size);
        const before = adapted.adapter.parameters.values.slice();
        train(adapted.adapter, "later");
        for (let call = 0; call < 2; call++) {
          const logits = tf.tidy(() => adapted.model.forward(batch, bound.context));
          expectSameBits(await logits.data(), wanted);
          logits.dispose();
        }
        adapted.adapter.parameters.values.set(before);
        bound.dispose();
        bound[Symbol.dispose]();
      }
    });
    adapted.model.dispose();
  });

  test.each<[RankView, number, string]>([
    [{ rank: 5 }, 4, "rank_out_of_range"],
    [{ ranks: [1, 2] }, 4, "bad_view"],
    ["full", 0, "bad_inputs"],
  ])("%j for %i examples is refused", async (view, examples, code) => {
    const adapted = trained();
    await leakGuard(() => expect(() => adapted.bind(view, examples)).toThrow(expect.objectContaining({ code })));
    adapted.model.dispose();
  });
});

describe("memory", () => {
  test("forward leaves its logits, gradients and merging leave nothing", async () => {
    await leakGuard(async () => {
      const adapted = trained({ dropout: 0.3 });
      // A backend prepares a frozen weight when it is first used; the model frees that.
      await adapted.gradients(batch, loss);
      for (const view of ["full", "base", { rank: 2 }, { ranks: [1, 0, 2, 4] }] as RankView[]) {
        const logits = await leakGuard(async () => {
          const tensor = adapted.forward(batch, { view, training: { seed: 1, step: 1 } });
          const { shape } = tensor;
          tensor.dispose();
          return shape;
        });
        expect(logits).toEqual([4, 3]);
        await leakGuard(() => adapted.gradients(batch, loss, { view, training: { seed: 1, step: 1 } }));
      }
      const merged = await adapted.merged(2);
      merged.model.dispose();
      adapted.model.dispose();
    });
  });

  test("a call that fails frees what it made", async () => {
    const adapted = trained({ scaling: (b) => (b === 2 ? Number.NaN : 1) });
    await adapted.gradients(batch, loss);
    const broken = () => {
      throw new Error("broken loss");
    };
    await leakGuard(async () => {
      expect(() => adapted.forward(batch, { view: { rank: 2 } })).toThrow(/scaling gives NaN at rank 2/);
      expect(() => adapted.forward({ ...batch, rows: batch.rows.slice(1) })).toThrow();
      await expect(adapted.gradients(batch, broken)).rejects.toThrow("broken loss");
      await expect(adapted.gradients(batch, broken, { view: "base" })).rejects.toThrow("broken loss");
    });
    adapted.model.dispose();
  });
});

describe("bad input", () => {
  test.each<[RankView, RegExp]>([
    [{ rank: 0 }, /rank 0: it must be a whole number from 1 to 4/],
    [{ rank: 5 }, /rank 5: it must be a whole number from 1 to 4/],
    [{ rank: 1.5 }, /rank 1.5/],
    [{ ranks: [1, 2] }, /2 ranks for a batch of 4 examples/],
    [{ ranks: [1, 2, 3, 5] }, /rank 5: it must be a whole number from 0 to 4/],
    [{ gate: new Float32Array(3) }, /the gate has 3 factors and the adapter 4 ranks/],
    [{ gate: Float32Array.of(1, Number.NaN, 0, 0) }, /is not finite/],
    ["all" as unknown as RankView, /"all" is no view/],
    [{ b: 3 } as unknown as RankView, /is no view/],
  ])("view %o is refused", async (view, message) => {
    const adapted = trained();
    await leakGuard(() => {
      expect(() => adapted.forward(batch, { view })).toThrow(message);
    });
    adapted.model.dispose();
  });

  test("inputs without a size are refused", () => {
    const adapted = trained();
    for (const size of [undefined, 0, 1.5]) {
      const inputs = { ...batch, size } as unknown as TinyBatch;
      expect(() => adapted.forward(inputs)).toThrow(/a batch needs `size`/);
    }
    adapted.model.dispose();
  });

  test("an adapter of another model is refused", () => {
    const model = tinyModel();
    const { adapter } = attach(model, { rank });
    const without = (changes: object) => ({ ...model, ...changes }) as typeof model;
    const wider = { ...outputSite, inFeatures: 10 };
    expect(() => attach(without({ sites: [fusedSite] }), adapter)).toThrow(/there is no block.0.output.dense/);
    expect(() => attach(without({ sites: [fusedSite, wider] }), adapter)).toThrow(
      /block.0.output.dense is 10 to 6 features, the pair 9 to 6/,
    );
    const turned = { ...outputSite, layout: "in-out" };
    expect(() => attach(without({ sites: [fusedSite, turned] }), adapter)).toThrow(/lies elsewhere/);
    const [weight, bias] = model.head;
    const renamed = { ...bias!, name: "score.bias" };
    expect(() => attach(without({ head: [weight, renamed] }), adapter)).toThrow(/lacks the head's score.bias/);
    const more = { ...weight!, shape: [4, 6] };
    expect(() => attach(without({ head: [more, bias] }), adapter)).toThrow(
      /classifier.weight is \[3,6\], the model's \[4,6\]/,
    );
    model.dispose();
  });
});
