import { useBackend } from "@dylora/tensor";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cpuBackend } from "../cpu-backend.ts";
import { leakGuard } from "../leak-guard.ts";
import { causalChecks } from "./causal-checks.ts";
import { causalSubject } from "./causal-subject.ts";
import { type CausalFaults, tinyCausalModel } from "./fixtures/tiny-causal-model.ts";
import { testCausalModel } from "./test-causal-model.ts";

const tokens = [3, 7, 1, 9, 4, 2, 8, 5];

testCausalModel("tiny", async () => ({ model: tinyCausalModel(), tokens }));

describe("the suite finds", () => {
  let stop: () => void;
  beforeAll(async () => {
    stop = (await useBackend(cpuBackend())).dispose;
  });
  afterAll(() => stop());

  const faults: [string, CausalFaults, RegExp][] = [
    ["a token that sees those after it", { seesAhead: true }, /a token does not see those after it/],
    ["padding that takes positions", { countsPadding: true }, /padding on the left changes nothing/],
    ["positions that begin anew behind a cache", { forgetsPlace: true }, /in pieces behind a cache/],
    ["padding that is seen behind a cache", { seesPadding: true }, /in pieces behind a cache/],
    ["rows that nobody asked for", { allRows: true }, /rows of the output/],
    ["a cache that cannot be reordered", { keepsOrder: true }, /left out, doubled and reordered/],
    ["texts without end", { endless: true }, /a text that is too long/],
    ["a leak", { leaks: true }, /nothing leaks/],
  ];
  test.each(faults)("%s", async (_, fault, title) => {
    const subject = causalSubject({ model: tinyCausalModel(fault), tokens }, 1e-4);
    const failed: string[] = [];
    for (const check of causalChecks) {
      await leakGuard(async () => check.run(subject)).catch(() => failed.push(check.title));
    }
    subject.model.dispose();
    expect(failed.join("; ")).toMatch(title);
  });

  test("too few tokens", () => {
    const model = tinyCausalModel();
    expect(() => causalSubject({ model, tokens: [1, 2] }, 1e-4)).toThrow("2 tokens are given");
    model.dispose();
  });
});
