import { useBackend } from "@dylora/tensor";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cpuBackend } from "../cpu-backend.ts";
import { type Faults, tinySubject } from "./fixtures/tiny-model.ts";
import { modelChecks, testModelAdapter } from "./test-model-adapter.ts";

testModelAdapter("tiny", () => tinySubject());

describe("the suite finds", () => {
  let stop: () => void;
  beforeAll(async () => {
    stop = (await useBackend(cpuBackend())).dispose;
  });
  afterAll(() => stop());

  const faults: [string, Faults, RegExp][] = [
    ["a forgotten site", { forgottenSite: "layer.0.intermediate" }, /a pair on any single target/],
    ["a forgotten part", { forgottenSite: "layer.0.qkv.k" }, /a pair on any single target/],
    ["deltas laid out the other way round", { transposedDeltas: true }, /merged equals unmerged/],
    ["deltas that replace those before", { forgetfulDeltas: true }, /deltas add up/],
    ["one gate for all examples", { sharedGate: true }, /a rank for every example/],
    ["dropouts that share a site", { sharedDropout: true }, /every dropout has a site of its own/],
    ["dropout that is not applied", { noDropout: true }, /every dropout has a site of its own/],
    ["dropout that ignores the first example", { misplacedDropout: true }, /examples do not see each other/],
    ["a leak", { leaks: true }, /nothing leaks/],
    ["a head parameter without use", { noBias: true }, /a parameter of the head/],
    ["a wrong gradient", { cutGradient: true }, /gradients are the slope/],
    ["a part beyond its site", { widePart: true }, /its sites are layers/],
    ["parts merged at the wrong place", { swappedParts: true }, /parts merge at their place/],
    ["merging in place", { mergesInPlace: true }, /merged equals unmerged/],
  ];
  test.each(faults)("%s", async (_, fault, title) => {
    const subject = { ...(await tinySubject(fault)), tolerance: 1e-4 };
    const failed: string[] = [];
    for (const check of modelChecks) {
      await Promise.resolve()
        .then(() => check.run(subject))
        .catch(() => failed.push(check.title));
    }
    subject.model.dispose();
    expect(failed.join("; ")).toMatch(title);
  });
});
