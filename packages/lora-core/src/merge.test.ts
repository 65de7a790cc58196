import { type Backend, useBackend } from "@dylora/tensor";
import { cpuBackend, expectAllClose, expectSameBits, leakGuard } from "@dylora/test-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attach } from "./adapted-model.ts";
import type { Adapter } from "./adapter.ts";
import { fusedSite, outputSite } from "./fixtures/tiny-model.ts";
import { batch, logitsOf, loss, train, trained } from "./fixtures/trained.ts";
import { addDeltas, weightDeltas } from "./merge.ts";
import type { AdaptableSite } from "./site.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await useBackend(cpuBackend());
});
afterAll(() => backend.dispose());

/** Adds up s(b) · B[o, k] · A[k, i] element by element, in the site's layout. */
function bruteForce({ pairs, parameters, config }: Adapter, site: AdaptableSite, rank: number): number[] {
  expect(config.scaling).toBe("alpha/b");
  const delta = new Array<number>(site.inFeatures * site.outFeatures).fill(0);
  for (const { target, nameA, nameB, rank: own, alpha } of pairs.filter((pair) => pair.target.site === site)) {
    const b = Math.min(rank, own);
    const offset = target.part?.offset ?? 0;
    for (let i = 0; i < site.inFeatures; i++) {
      for (let o = 0; o < target.outFeatures; o++) {
        let sum = 0;
        for (let k = 0; k < b; k++) {
          sum += parameters.get(nameB)[k * target.outFeatures + o]! * parameters.get(nameA)[k * site.inFeatures + i]!;
        }
        const at = site.layout === "in-out" ? i * site.outFeatures + offset + o : (offset + o) * site.inFeatures + i;
        delta[at]! += (alpha / b) * sum;
      }
    }
  }
  return delta;
}

describe("weightDeltas", () => {
  test.each([
    ["whole sites", "all-linear"],
    ["parts of a fused site", ["q", "v", "output.dense"]],
    ["one part", ["k"]],
  ])("%s, both layouts: brute force at every rank", (_, targets) => {
    const { adapter, model } = trained({ targets, rankPattern: { q: 2 }, alphaPattern: { v: 5 } });
    for (const rank of [1, 2, 3, 4]) {
      const deltas = weightDeltas(adapter, rank);
      const sites = [...new Set(adapter.pairs.map(({ target }) => target.site))];
      expect([...deltas.keys()]).toEqual(sites.map(({ path }) => path));
      for (const site of sites) {
        expectAllClose(deltas.get(site.path)!, bruteForce(adapter, site, rank), { tolerance: 1e-6 });
      }
    }
    model.dispose();
  });

  test("leave untouched columns of a fused site at zero, and know no other site", () => {
    const { adapter, model } = trained({ targets: ["k"] });
    const delta = weightDeltas(adapter).get(fusedSite.path)!;
    delta.forEach((value, at) => {
      expect(value !== 0).toBe(at % 9 === 4 || at % 9 === 5);
    });
    expect(weightDeltas(adapter).get(outputSite.path)).toBeUndefined();
    model.dispose();
  });

  test("are of the values when they were asked for", () => {
    const { adapter, model } = trained();
    const deltas = weightDeltas(adapter, 2);
    const before = deltas.get(outputSite.path)!;
    train(adapter, "later");
    expectSameBits(deltas.get(outputSite.path)!, before);
    expect(weightDeltas(adapter, 2).get(outputSite.path)).not.toEqual(before);
    model.dispose();
  });

  test.each([0, 5, 1.5])("rank %d is refused", (rank) => {
    const { adapter, model } = trained();
    expect(() => weightDeltas(adapter, rank)).toThrow(expect.objectContaining({ code: "rank_out_of_range" }));
    model.dispose();
  });

  test("add up, by site", () => {
    const first = new Map([["a", Float32Array.of(1, 2)]]);
    const second = new Map([
      ["a", Float32Array.of(10, 20)],
      ["b", Float32Array.of(3)],
    ]);
    const sum = addDeltas(first, second);
    expect([...sum.keys()]).toEqual(["a", "b"]);
    expect(["a", "b", "c"].map((path) => sum.get(path))).toEqual([
      Float32Array.of(11, 22),
      Float32Array.of(3),
      undefined,
    ]);
    expect(first.get("a")).toEqual(Float32Array.of(1, 2));
  });
});

describe("a merged model", () => {
  test("gives what the unmerged one gives, at every rank and after changing the rank", async () => {
    const adapted = trained();
    const before = await logitsOf(adapted, "base");
    for (const rank of [3, 1, 4, 2, 3]) {
      const merged = await adapted.merged(rank);
      const expected = await logitsOf(adapted, { rank });
      expectAllClose(await logitsOf(merged, "full"), expected, { tolerance: 1e-6 });
      expectSameBits(await logitsOf(merged, "base"), await logitsOf(merged, "full"));
      merged.model.dispose();
    }
    expectSameBits(await logitsOf(adapted, "base"), before);
    const full = await adapted.merged();
    expectAllClose(await logitsOf(full, "full"), await logitsOf(adapted, "full"), { tolerance: 1e-6 });
    full.model.dispose();
    adapted.model.dispose();
  });

  test("does not follow the adapter when that is trained on", async () => {
    const adapted = trained();
    const merged = await adapted.merged(2);
    const before = await logitsOf(merged, "full");
    train(adapted.adapter, "later");
    expectSameBits(await logitsOf(merged, "full"), before);
    merged.model.dispose();
    adapted.model.dispose();
  });

  test("has no ranks any more, but a head that can be trained", async () => {
    const adapted = trained();
    const merged = await adapted.merged(2);
    expect(merged.adapter.pairs).toEqual([]);
    expect(() => merged.forward(batch, { view: { rank: 2 } })).toThrow(/no pairs \(they are merged\)/);
    await expect(merged.merged()).rejects.toThrow(/no pairs/);
    const { gradients } = await merged.gradients(batch, loss);
    const unmerged = await adapted.gradients(batch, loss, { view: { rank: 2 } });
    expectAllClose(gradients, unmerged.gradients.slice(-gradients.length), { tolerance: 1e-6 });
    merged.model.dispose();
    adapted.model.dispose();
  });

  test("keeps what the model can do beyond the contract", async () => {
    const { model, adapter } = trained();
    const able = { ...model, withDeltas: async () => ({ ...model, greet: () => "hello" }) };
    const merged = await attach(able, adapter).merged(2);
    expect((merged.model as ReturnType<typeof attach>["model"] & { greet(): string }).greet()).toBe("hello");
    model.dispose();
  });

  test("takes another adapter, and merges it on top of the first", async () => {
    await leakGuard(async () => {
      const adapted = trained();
      const merged = await adapted.merged(3);
      const second = attach(merged.model, { rank: 2, targets: "all-linear" });
      const fresh = await logitsOf(second, "full");
      expectAllClose(fresh, await logitsOf(merged, "full"), { tolerance: 1e-6 });
      train(second.adapter, "second");
      const both = await second.merged(1);
      expectAllClose(await logitsOf(both, "full"), await logitsOf(second, { rank: 1 }), { tolerance: 1e-6 });
      for (const { model } of [both, merged, adapted]) model.dispose();
    });
  });
});
