// A test file of someone who installed @dylora/test-kit beside vitest, and wrote a sampler and a backend.
import { wasmBackend } from "@dylora/backend-wasm";
import type { RankSampler } from "@dylora/dylora-sampler";
import { testBackend, testRankSampler } from "@dylora/test-kit";

const ranks = [1, 2, 4, 8];

function inTurn(seed: number): RankSampler {
  let first = seed;
  return {
    distribution: { name: "in turn", ranks, pmf: ranks.map(() => 1 / ranks.length) },
    rankAt: (step, example = 0) => ranks[(first + step + example) % ranks.length] ?? 1,
    state: () => first,
    restore(state) {
      first = Number(state);
    },
  };
}

testRankSampler("in turn", inTurn);
testBackend("mine", () => ({ ...wasmBackend(), id: "wasm" }));
