import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createAdapter, parameterCounts } from "./adapter.ts";
import { fusedSite, outputSite } from "./fixtures/tiny-model.ts";
import type { AdaptableSite } from "./site.ts";

const site = (path: string, inFeatures: number, outFeatures = inFeatures): AdaptableSite => {
  return { path, inFeatures, outFeatures, layout: "out-in" };
};
const bare = (sites: readonly AdaptableSite[], defaultTargets = ["query"]) => ({ sites, defaultTargets, head: [] });

describe("a fresh adapter", () => {
  test("has a pair for each target: A [rank, in], B stored [rank, out], then the head", () => {
    const head = [{ name: "score.weight", shape: [2, 6], values: Float32Array.from({ length: 12 }, (_, i) => i) }];
    const model = {
      ...bare([fusedSite, outputSite], ["q", "output.dense"]),
      head: head.map((parameter) => ({ ...parameter, fresh: false })),
    };
    const adapter = createAdapter(model, { rank: 3, rankPattern: { "c_attn.q": 2 } });
    expect(adapter.maxRank).toBe(3);
    expect(adapter.config.targets).toEqual(["q", "output.dense"]);
    expect(adapter.parameters.entries.map(({ name, shape, kind }) => [name, shape, kind])).toEqual([
      ["block.0.attn.c_attn.q.lora_A.weight", [2, 5], "lora_A"],
      ["block.0.attn.c_attn.q.lora_B.weight", [2, 4], "lora_B"],
      ["block.0.output.dense.lora_A.weight", [3, 9], "lora_A"],
      ["block.0.output.dense.lora_B.weight", [3, 6], "lora_B"],
      ["score.weight", [2, 6], "full"],
    ]);
    expect(adapter.parameters.get("score.weight")).toEqual(head[0]?.values);
  });

  test("A is uniform in (-1/√in, 1/√in), B is zero", () => {
    const width = 256;
    const adapter = createAdapter(bare([site("query", width)]), { rank: 64 });
    const [pair] = adapter.pairs;
    const A = adapter.parameters.get(pair!.nameA);
    const bound = 1 / Math.sqrt(width);
    expect(A.every((value) => Math.abs(value) <= bound)).toBe(true);
    expect(Math.max(...A)).toBeGreaterThan(0.999 * bound);
    expect(Math.min(...A)).toBeLessThan(-0.999 * bound);
    const moment = (power: number) => A.reduce((sum, value) => sum + (value / bound) ** power, 0) / A.length;
    // Standard errors of the first four moments of U(-1, 1) over n numbers are below 0.6 / √n.
    const tolerance = (4 * 0.6) / Math.sqrt(A.length);
    expect(Math.abs(moment(1))).toBeLessThan(tolerance);
    expect(Math.abs(moment(2) - 1 / 3)).toBeLessThan(tolerance);
    expect(Math.abs(moment(3))).toBeLessThan(tolerance);
    expect(Math.abs(moment(4) - 1 / 5)).toBeLessThan(tolerance);
    // Neighbours do not go together: a lag-one correlation of independent numbers is within 4 / √n.
    const lag = A.reduce((sum, value, i) => sum + value * (A[i + 1] ?? 0), 0) / (A.length * (bound ** 2 / 3));
    expect(Math.abs(lag)).toBeLessThan(4 / Math.sqrt(A.length));
    expect(adapter.parameters.get(pair!.nameB).every((value) => value === 0)).toBe(true);
  });

  test("of rank b starts as the first b ranks of one of rank r", () => {
    const whole = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(whole, whole, whole, fc.integer(), (one, other, width, seed) => {
        const [small, large] = [one, other].sort((a, b) => a - b);
        const model = bare([site("0.query", width), site("1.query", width)]);
        const [low, high] = [small, large].map((rank) => createAdapter(model, { rank: rank! }, { seed }));
        for (const { nameA } of low!.pairs) {
          const prefix = high!.parameters.get(nameA).subarray(0, small! * width);
          expect(low!.parameters.get(nameA)).toEqual(prefix);
        }
      }),
    );
  });

  test("depends on the seed and the place", () => {
    const model = bare([site("0.query", 8), site("1.query", 8)]);
    const [first, again, other] = [1, 1, 2].map((seed) => createAdapter(model, { rank: 2 }, { seed }));
    expect(again!.parameters.values).toEqual(first!.parameters.values);
    expect(other!.parameters.values).not.toEqual(first!.parameters.values);
    const [one, two] = first!.pairs;
    expect(first!.parameters.get(one!.nameA)).not.toEqual(first!.parameters.get(two!.nameA));
  });

  test("too large for one buffer is refused before it is allocated", () => {
    expect(() => createAdapter(bare([site("query", 4096)]), { rank: 1_000_000 })).toThrow(
      expect.objectContaining({ code: "out_of_memory" }),
    );
  });
});

describe("parameter counts", () => {
  const layers = Array.from({ length: 12 }, (_, layer) =>
    ["query", "key", "value"].map((name) => site(`roberta.encoder.layer.${layer}.attention.self.${name}`, 768)),
  ).flat();

  test("are PEFT's: RoBERTa-base, rank 8 on query and value, has 294,912", () => {
    const adapter = createAdapter(bare(layers, ["query", "value"]), { rank: 8 });
    expect(parameterCounts(adapter)).toEqual({ lora: 294_912, head: 0, total: 294_912 });
    expect(adapter.parameters.values).toHaveLength(294_912);
    expect(parameterCounts(adapter, 1).total).toBe(36_864);
    expect(parameterCounts(adapter, 0).total).toBe(0);
  });

  test("with the classification head of two labels: 887,042", () => {
    const shapes = {
      "dense.weight": [768, 768],
      "dense.bias": [768],
      "out_proj.weight": [2, 768],
      "out_proj.bias": [2],
    };
    const head = Object.entries(shapes).map(([name, shape]) => {
      return { name, shape, values: new Float32Array(shape.reduce((a, b) => a * b, 1)), fresh: true };
    });
    const adapter = createAdapter({ ...bare(layers, ["query", "value"]), head }, { rank: 8 });
    expect(parameterCounts(adapter)).toEqual({ lora: 294_912, head: 592_130, total: 887_042 });
  });

  test("heed pairs of smaller rank, and refuse ranks that are not there", () => {
    const adapter = createAdapter(bare(layers, ["query", "value"]), { rank: 8, rankPattern: { query: 2 } });
    expect(parameterCounts(adapter).lora).toBe(12 * 1536 * (2 + 8));
    expect(parameterCounts(adapter, 3).lora).toBe(12 * 1536 * (2 + 3));
    expect(() => parameterCounts(adapter, 9)).toThrow(expect.objectContaining({ code: "rank_out_of_range" }));
  });
});
