import { describe, expect, test } from "vitest";
import { fusedSite, outputSite } from "./fixtures/tiny-model.ts";
import { selectTargets } from "./select-targets.ts";
import type { AdaptableSite } from "./site.ts";

const modules = [
  "attention.self.query",
  "attention.self.key",
  "attention.self.value",
  "attention.output.dense",
  "intermediate.dense",
  "output.dense",
];
const roberta = [0, 1].flatMap((layer) =>
  modules.map((module): AdaptableSite => {
    return { path: `roberta.encoder.layer.${layer}.${module}`, inFeatures: 4, outFeatures: 4, layout: "out-in" };
  }),
);
const paths = (sites: readonly AdaptableSite[], selector: readonly string[] | string) =>
  selectTargets(sites, selector).map(({ path }) => path);
const inLayers = (...names: string[]) =>
  [0, 1].flatMap((layer) => names.map((name) => `roberta.encoder.layer.${layer}.${name}`));
const errorOf = (selector: readonly string[] | string, sites: readonly AdaptableSite[] = roberta) => {
  try {
    selectTargets(sites, selector);
  } catch (error) {
    return error as { code: string; message: string; details: { near: string[] } };
  }
  throw new Error("nothing was thrown");
};

describe("chooses", () => {
  test("by the end of the path at a dot, in the order of the model", () => {
    expect(paths(roberta, ["value", "query"])).toEqual(inLayers("attention.self.query", "attention.self.value"));
    expect(paths(roberta, ["layer.1.output.dense"])).toEqual(["roberta.encoder.layer.1.output.dense"]);
    expect(paths(roberta, ["attention.output.dense", "output.dense"])).toEqual(
      inLayers("attention.output.dense", "output.dense"),
    );
  });

  test("every layer of that name, as PEFT does: output.dense is in the attention too", () => {
    expect(paths(roberta, ["output.dense"])).toEqual(inLayers("attention.output.dense", "output.dense"));
  });

  test("by the whole path", () => {
    const [path] = inLayers("attention.self.key");
    expect(paths(roberta, [path!])).toEqual([path]);
  });

  test("all-linear: every site, no part of one", () => {
    expect(paths(roberta, "all-linear")).toEqual(inLayers(...modules));
    expect(paths([fusedSite, outputSite], "all-linear")).toEqual([fusedSite.path, outputSite.path]);
  });

  test("by a regular expression on the whole path", () => {
    expect(paths(roberta, String.raw`.*layer\.0\..*(query|key)`)).toEqual([
      "roberta.encoder.layer.0.attention.self.query",
      "roberta.encoder.layer.0.attention.self.key",
    ]);
    expect(errorOf("encoder").code).toBe("unknown_target");
  });

  test("parts of a fused site", () => {
    const targets = selectTargets([fusedSite, outputSite], ["q", "v"]);
    expect(targets.map(({ path, outFeatures, part }) => [path, outFeatures, part?.offset])).toEqual([
      [`${fusedSite.path}.q`, 4, 0],
      [`${fusedSite.path}.v`, 3, 6],
    ]);
  });
});

describe("refuses", () => {
  test.each([
    ["querry", ["attention.self.query"]],
    ["q_proj", ["attention.self.query"]],
    ["Value", ["attention.self.value"]],
    ["attention.query", ["attention.self.query"]],
    ["self.keys", ["attention.self.key"]],
    ["attn.output.dense", ["attention.output.dense", "output.dense"]],
    ["intermediate", ["intermediate.dense"]],
  ])("%s, and says what is near", (name, near) => {
    const { code, message, details } = errorOf([name]);
    expect(code).toBe("unknown_target");
    expect(details.near.slice(0, near.length)).toEqual(near);
    expect(message).toContain(`"${name}" matches no layer of the model; near names: ${near[0]}`);
    for (const module of modules) expect(message).toContain(module);
  });

  test("a name that is like none, with names all the same", () => {
    expect(errorOf(["xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"]).details.near).toHaveLength(3);
  });

  test("an expression that matches nothing, and a name where a list was meant", () => {
    expect(errorOf(".*querry").code).toBe("unknown_target");
    expect(errorOf("query").message).toContain('to name modules give a list: ["query"]');
    expect(errorOf("(query")).toMatchObject({ code: "bad_target_pattern" });
  });

  test("no name, and a model without layers", () => {
    expect(errorOf([]).message).toContain("no target module is named");
    expect(errorOf("all-linear", []).message).toContain("declares no layer");
    expect(errorOf(["query"], []).message).toContain("declares no layer");
  });

  test("a site chosen whole and in part", () => {
    expect(errorOf(["c_attn", "q"], [fusedSite])).toMatchObject({ code: "overlapping_targets" });
  });
});
