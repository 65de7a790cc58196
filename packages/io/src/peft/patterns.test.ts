import { expect, test } from "vitest";
import { PEFT_LORA_DEFAULTS } from "./config.ts";
import { alphaFor, rankFor, scaleFor } from "./patterns.ts";

const config = {
  ...PEFT_LORA_DEFAULTS,
  r: 8,
  lora_alpha: 16,
  rank_pattern: { "^model.decoder.layers.0.k_proj": 2, "layers\\.[01]\\.q_proj": 3, q_proj: 4, "exact.path": 5 },
  alpha_pattern: { q_proj: 32 },
};

// Expected values worked out by hand from PEFT's rule: re.match(rf"(.*\.)?({key})$", path), first key wins.
test.each([
  ["model.decoder.layers.0.k_proj", 2, 16],
  ["model.decoder.layers.0.q_proj", 3, 32],
  ["model.decoder.layers.2.q_proj", 4, 32],
  ["q_proj", 4, 32],
  ["model.xq_proj", 8, 16],
  ["model.q_proj.inner", 8, 16],
  ["exact.path", 5, 16],
  ["model.exact.path", 5, 16],
  ["exactxpath", 5, 16],
  ["v_proj", 8, 16],
])("%s has rank %d and alpha %d", (path, rank, alpha) => {
  expect(rankFor(config, path)).toBe(rank);
  expect(alphaFor(config, path)).toBe(alpha);
  expect(scaleFor(config, path)).toBe(alpha / rank);
  expect(scaleFor({ ...config, use_rslora: true }, path)).toBe(alpha / Math.sqrt(rank));
});

test("a key that is no regular expression is refused by name", () => {
  expect(() => rankFor({ ...config, rank_pattern: { "(": 2 } }, "x")).toThrow(/rank_pattern: "\("/);
});
