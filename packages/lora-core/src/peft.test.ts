import { type Backend, useBackend } from "@dylora/tensor";
import { cpuBackend, expectAllClose, expectSameBits } from "@dylora/test-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attach } from "./adapted-model.ts";
import { createAdapter } from "./adapter.ts";
import type { LoraConfig } from "./config.ts";
import { fusedSite, outputSite, tinyModel } from "./fixtures/tiny-model.ts";
import { logitsOf, trained } from "./fixtures/trained.ts";
import { fromPeft } from "./from-peft.ts";
import { weightDeltas } from "./merge.ts";
import type { PeftAdapter } from "./peft.ts";
import { toPeft } from "./to-peft.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await useBackend(cpuBackend());
});
afterAll(() => backend.dispose());

/** ΔW `[out, in]` as PEFT computes it from the files: (alpha / r, or alpha / √r) · B · A. */
function peftDelta({ config, tensors }: PeftAdapter, path: string): number[] {
  const { A, B } = tensors.get(path)!;
  const [rank, width] = A.shape as [number, number];
  const key = path.replaceAll(".", "\\.");
  expect(config.rank_pattern[key] ?? config.r).toBe(rank);
  const alpha = config.alpha_pattern[key] ?? config.lora_alpha;
  const scale = alpha / (config.use_rslora ? Math.sqrt(rank) : rank);
  return Array.from({ length: B.shape[0]! * width }, (_, at) => {
    const [o, i] = [Math.floor(at / width), at % width];
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += B.data[o * rank + k]! * A.data[k * width + i]!;
    return scale * sum;
  });
}

/** A matrix in a site's layout as `[out, in]`. */
function outIn(values: Float32Array, { layout, inFeatures, outFeatures }: typeof fusedSite): Float32Array {
  if (layout === "out-in") return values;
  return values.map((_, at) => values[(at % inFeatures) * outFeatures + Math.floor(at / inFeatures)]!);
}

const cases: [string, Partial<LoraConfig>][] = [
  ["alpha/b", {}],
  ["alpha/sqrt(b)", { scaling: "alpha/sqrt(b)", alpha: 7 }],
  ["constant", { scaling: "constant", alpha: 0.3 }],
  ["a function", { scaling: (b, alpha) => alpha / (b + 1) ** 0.7 }],
  ["patterns", { rankPattern: { "output.dense": 2 }, alphaPattern: { "output.dense": 5 }, targets: "all-linear" }],
  ["parts", { targets: ["q", "v", "output.dense"] }],
  ["parts of equal smaller rank", { targets: ["q", "k", "v"], rankPattern: { "c_attn\\.[qkv]": 3 } }],
  ["rank-stabilised parts", { targets: ["q", "v"], scaling: "alpha/sqrt(b)" }],
];

describe("export of rank b", () => {
  test.each(cases)("%s: PEFT's delta is the view's", (_, settings) => {
    const { adapter, model } = trained(settings);
    for (let rank = 1; rank <= adapter.maxRank; rank++) {
      const peft = toPeft(adapter, rank);
      const deltas = weightDeltas(adapter, rank);
      expect([...peft.tensors.keys()]).toEqual([...deltas.keys()]);
      for (const site of [fusedSite, outputSite]) {
        const delta = deltas.get(site.path);
        if (delta === undefined) continue;
        expectAllClose(outIn(delta, site), peftDelta(peft, site.path), { tolerance: 1e-6 });
      }
    }
    model.dispose();
  });

  test.each(cases)("%s: read again, it gives the view's logits", async (_, settings) => {
    const adapted = trained(settings);
    for (let rank = 1; rank <= adapted.adapter.maxRank; rank++) {
      const again = attach(adapted.model, fromPeft(adapted.model, toPeft(adapted.adapter, rank)));
      expectAllClose(await logitsOf(again, "full"), await logitsOf(adapted, { rank }), { tolerance: 1e-6 });
    }
    adapted.model.dispose();
  });

  test("keeps lora_alpha and cuts A and B", () => {
    const { adapter, model } = trained({ targets: ["output.dense"], alpha: 16, dropout: 0.1 });
    const { config, tensors, modulesToSave } = toPeft(adapter, 3);
    expect(config).toEqual({
      r: 3,
      lora_alpha: 16,
      lora_dropout: 0.1,
      target_modules: ["output.dense"],
      modules_to_save: ["classifier"],
      rank_pattern: {},
      alpha_pattern: {},
      use_rslora: false,
      fan_in_fan_out: false,
    });
    const [pair] = adapter.pairs;
    const { A, B } = tensors.get(outputSite.path)!;
    expect(A).toEqual({ shape: [3, 9], data: adapter.parameters.get(pair!.nameA).slice(0, 27) });
    expect(B.shape).toEqual([6, 3]);
    const Bt = adapter.parameters.get(pair!.nameB);
    B.data.forEach((value, at) => {
      expect(value).toBe(Bt[(at % 3) * 6 + Math.floor(at / 3)]);
    });
    expect([...modulesToSave.keys()]).toEqual(["classifier.weight", "classifier.bias"]);
    model.dispose();
  });

  test("whole alphas stay whole, whatever the scaling", () => {
    for (const [scaling, expected] of [
      ["alpha/b", 16],
      ["alpha/sqrt(b)", 16],
      ["constant", 48],
    ] as const) {
      const { adapter, model } = trained({ targets: ["output.dense"], alpha: 16, scaling });
      expect(toPeft(adapter, 3).config.lora_alpha).toBe(expected);
      model.dispose();
    }
  });

  test("parts become one pair of their ranks side by side, and the base is a Conv1D", () => {
    const { adapter, model } = trained({ targets: ["q", "v"] });
    const { config, tensors } = toPeft(adapter, 2);
    expect(config).toMatchObject({ r: 4, lora_alpha: 4, target_modules: [fusedSite.path], fan_in_fan_out: true });
    const { A, B } = tensors.get(fusedSite.path)!;
    expect([A.shape, B.shape]).toEqual([
      [4, 5],
      [9, 4],
    ]);
    // The keys between queries and values are untouched.
    expect(B.data.slice(4 * 4, 6 * 4).every((value) => value === 0)).toBe(true);
    // Cutting the exported pair to its first two ranks gives rank 1 of both parts.
    const one = toPeft(adapter, 1).tensors.get(fusedSite.path)!;
    expectSameBits(A.data.slice(0, 10), one.A.data);
    model.dispose();
  });

  test("refuses ranks out of range and parts that differ", () => {
    const { adapter, model } = trained({ targets: ["q", "v"], rankPattern: { q: 2 } });
    expect(() => toPeft(adapter, 5)).toThrow(expect.objectContaining({ code: "rank_out_of_range" }));
    expect(() => toPeft(adapter)).toThrow(expect.objectContaining({ code: "parts_differ" }));
    model.dispose();
  });
});

describe("import", () => {
  test("and export again give the same data", () => {
    for (const settings of [
      { targets: "all-linear" },
      { targets: ["c_attn", "output.dense"], alpha: 3 },
      cases[4]![1],
    ]) {
      const { adapter, model } = trained(settings);
      const peft = toPeft(adapter);
      expect(toPeft(fromPeft(model, peft))).toEqual(peft);
      model.dispose();
    }
  });

  test("keeps PEFT's list of names where it means the same pairs", () => {
    const { adapter, model } = trained({ targets: ["c_attn", "dense"] });
    const peft = toPeft(adapter);
    expect(fromPeft(model, peft).config.targets).toEqual(["c_attn", "dense"]);
    const paths = [fusedSite.path, outputSite.path];
    for (const target_modules of [["dense", "c_attn", "c_proj"], "all-linear", ".*"]) {
      const other = fromPeft(model, { ...peft, config: { ...peft.config, target_modules } });
      expect(other.pairs.map(({ target }) => target.path)).toEqual(paths);
      expectSameBits(other.parameters.values, adapter.parameters.values);
    }
    model.dispose();
  });

  test("leaves out pairs that the configuration does not choose, as PEFT does, and says so", () => {
    const { adapter, model } = trained({ targets: ["c_attn", "dense"] });
    const peft = toPeft(adapter);
    for (const [changes, kept] of [
      [{ target_modules: ["dense"] }, outputSite.path],
      [{ target_modules: null }, outputSite.path],
      [{ exclude_modules: ["c_attn"] }, outputSite.path],
      [{ exclude_modules: ".*dense" }, fusedSite.path],
      [{ modules_to_save: ["classifier", "output"] }, fusedSite.path],
    ] as const) {
      const notes: string[] = [];
      const config = { ...peft.config, ...changes };
      const other = fromPeft(model, { ...peft, config }, { note: (line) => notes.push(line) });
      expect(other.pairs.map(({ target }) => target.path)).toEqual([kept]);
      expect(notes).toEqual([expect.stringMatching(/left out, as PEFT does/)]);
    }
    model.dispose();
  });

  test("an adapter on a bare encoder: patterns are matched on its own paths", () => {
    const settings = { rankPattern: { "0.output.dense": 2 }, alphaPattern: { "output.dense": 5 } };
    const { adapter, model } = trained({ targets: "all-linear", ...settings });
    const peft = toPeft(adapter);
    const tensors = new Map([...peft.tensors].map(([path, pair]) => [path.replace("block.", ""), pair]));
    const config = {
      ...peft.config,
      target_modules: ["c_attn", "dense"],
      rank_pattern: { "^0\\.output\\.dense": 2 },
      alpha_pattern: { "^block\\.0\\.output": 9, "^0\\.output\\.dense": 5 },
    };
    const other = fromPeft(model, { ...peft, config, tensors });
    expectSameBits(other.parameters.values, adapter.parameters.values);
    expect(other.pairs.map(({ rank, alpha }) => [rank, alpha])).toEqual(adapter.pairs.map((p) => [p.rank, p.alpha]));
    model.dispose();
  });

  test("a pair on the head is added to it", () => {
    const { adapter, model } = trained({ targets: ["dense"] });
    const peft = toPeft(adapter);
    const [{ shape = [] } = {}] = model.head;
    const [outputs = 0, width = 0] = shape;
    const A = { shape: [1, width], data: Float32Array.from({ length: width }, (_, i) => i + 1) };
    const B = { shape: [outputs, 1], data: Float32Array.from({ length: outputs }, (_, o) => o - 1) };
    const tensors = new Map([...peft.tensors, ["classifier", { A, B }]]);
    const config = {
      ...peft.config,
      target_modules: ["dense", "classifier"],
      modules_to_save: null,
      alpha_pattern: { classifier: 3 },
    };
    const notes: string[] = [];
    const other = fromPeft(
      { ...model, head: model.head.map((parameter) => ({ ...parameter, fresh: false })) },
      { ...peft, config, tensors, modulesToSave: new Map() },
      { note: (line) => notes.push(line) },
    );
    const expected = model.head[0]!.values.map((value, at) => {
      return value + 3 * B.data[Math.floor(at / width)]! * A.data[at % width]!;
    });
    expectAllClose(other.parameters.get("classifier.weight"), expected, { tolerance: 1e-6 });
    expect(notes).toEqual([expect.stringMatching(/classifier added to the head/)]);
    model.dispose();
  });

  test("a head that is announced and not saved is refused, by what the model has", () => {
    const { adapter, model } = trained({ targets: ["dense"] });
    const peft = toPeft(adapter);
    const config = { ...peft.config, modules_to_save: ["classifier", "score"] };
    expect(() => fromPeft(model, { ...peft, config, lackingModules: ["score"] })).not.toThrow();
    const none = { ...peft, config, modulesToSave: new Map(), lackingModules: ["classifier", "score"] };
    const half = { ...peft, config, modulesToSave: new Map([...peft.modulesToSave].slice(0, 1)) };
    for (const broken of [none, half]) {
      expect(() => fromPeft(model, { ...broken, name: "the/folder" })).toThrow(
        expect.objectContaining({
          code: "adapter_mismatch",
          message: expect.stringMatching(/^the\/folder .*announces the head "classifier".*does not hold classifier\./),
        }),
      );
    }
    model.dispose();
  });

  test("starts what is not saved from the model's head", () => {
    const { adapter, model } = trained();
    const peft = toPeft(trained({ targets: "all-linear" }).adapter);
    const headless = fromPeft(model, { ...peft, modulesToSave: new Map() });
    expect(headless.parameters.get("classifier.weight")).toEqual(model.head[0]!.values);
    expect(adapter.parameters.get("classifier.weight")).not.toEqual(model.head[0]!.values);
    model.dispose();
  });

  describe("refuses", () => {
    const model = { sites: [fusedSite, outputSite], defaultTargets: ["c_attn"], head: [] };
    const made = toPeft(createAdapter(model, { rank: 2, targets: "all-linear" }));
    const peft = { ...made, config: { ...made.config, target_modules: "all-linear" } };
    const withPair = (path: string, pair: object) =>
      new Map([...peft.tensors, [path, { ...peft.tensors.get(outputSite.path)!, ...pair }]]);

    test("a module that the model has not", () => {
      expect(() => fromPeft(model, { ...peft, tensors: withPair("block.0.mlp.c_fc", {}) })).toThrow(
        expect.objectContaining({ code: "adapter_mismatch", message: expect.stringMatching(/pairs on mlp.c_fc/) }),
      );
    });

    test("an adapter without pairs", () => {
      expect(() => fromPeft(model, { ...peft, tensors: new Map() })).toThrow(/holds no pair/);
    });

    test("a module name that fits several places", () => {
      const more = { ...model, sites: [...model.sites, { ...outputSite, path: "block.1.output.dense" }] };
      expect(() => fromPeft(more, { ...peft, tensors: withPair("output.dense", {}) })).toThrow(
        /"output.dense" fits several places: block.0.output.dense, block.1.output.dense/,
      );
      expect(() => fromPeft(model, { ...peft, tensors: withPair("output.dense", {}) })).toThrow(/fits several places/);
    });

    test("factors of another shape", () => {
      const A = { shape: [2, 8], data: new Float32Array(16) };
      const B = { shape: [6, 3], data: new Float32Array(18) };
      expect(() => fromPeft(model, { ...peft, tensors: withPair(outputSite.path, { A }) })).toThrow(
        /lora_A.weight is \[2,8\] in the adapter; the model needs \[2,9\]/,
      );
      expect(() => fromPeft(model, { ...peft, tensors: withPair(outputSite.path, { B }) })).toThrow(
        /lora_B.weight is \[6,3\] in the adapter; the model needs \[6,2\]/,
      );
    });

    test("saved parameters that the head has not, or of another shape, and says how to do without", () => {
      const saved = { shape: [5], data: new Float32Array(5) };
      expect(() => fromPeft(model, { ...peft, modulesToSave: new Map([["score.weight", saved]]) })).toThrow(
        /saves score.weight, which is no parameter of this model's head \(it has: none\).*with a decoder/,
      );
      for (const name of ["transformer.wte.weight", "transformer.h.0.ln_1.bias", "lm_head.weight"]) {
        expect(() => fromPeft(model, { ...peft, modulesToSave: new Map([[name, saved]]) })).toThrow(
          new RegExp(`saves ${name}, a part of the base model .*overlayWeights`),
        );
      }
      const headed = { ...model, head: tinyModelHead() };
      expect(() => fromPeft(headed, { ...peft, modulesToSave: new Map([["classifier.bias", saved]]) })).toThrow(
        /classifier.bias is \[5\] in the adapter; the model needs \[3\].*modulesToSave: new Map/,
      );
    });
  });
});

function tinyModelHead() {
  const model = tinyModel();
  model.dispose();
  return model.head;
}
