import { expect, test } from "vitest";
import { type LoraConfig, parseLoraConfig } from "./config.ts";

test("defaults", () => {
  const config: LoraConfig = {
    rank: 8,
    alpha: 16,
    dropout: 0,
    targets: undefined,
    scaling: "alpha/b",
    rankPattern: {},
    alphaPattern: {},
  };
  expect(parseLoraConfig()).toEqual(config);
  expect(parseLoraConfig({ rank: 2, targets: ["query"], alpha: undefined })).toEqual({
    ...config,
    rank: 2,
    targets: ["query"],
  });
});

test("survives JSON", () => {
  const config = parseLoraConfig({
    rank: 4,
    targets: "all-linear",
    scaling: "constant",
    rankPattern: { "layer.0": 2 },
  });
  expect(parseLoraConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
});

test.each([
  [[], "an object"],
  ["rank 8", "an object"],
  [null, "an object"],
  [{ ranks: 8 }, 'no field "ranks"; its fields are rank, alpha'],
  [{ rank: 0 }, "rank is 0; it must be a whole number of at least 1"],
  [{ rank: 2.5 }, "rank is 2.5"],
  [{ rank: "8" }, 'rank is "8"'],
  [{ alpha: 0 }, "alpha is 0; it must be a number above 0"],
  [{ alpha: Number.NaN }, "alpha is NaN"],
  [{ dropout: 1 }, "dropout is 1; it must be a number in [0, 1)"],
  [{ dropout: -0.1 }, "dropout is -0.1"],
  [{ targets: [1] }, "targets is [1]; it must be module names"],
  [{ targets: 3 }, "targets is 3"],
  [{ scaling: "alpha" }, 'scaling is "alpha"; it must be a function or one of alpha/b, alpha/sqrt(b), constant'],
  [{ rankPattern: { query: 0 } }, 'rankPattern["query"] is 0; it must be a whole number of at least 1'],
  [{ rankPattern: { "(query": 1 } }, 'rankPattern: "(query" is not a regular expression'],
  [{ rankPattern: 4 }, "rankPattern is 4; it must be an object"],
  [{ alphaPattern: { query: -1 } }, 'alphaPattern["query"] is -1; it must be a number above 0'],
  [{ alphaPattern: ["query"] }, "alphaPattern is"],
])("%o is refused", (settings, message) => {
  expect(() => parseLoraConfig(settings)).toThrow(
    expect.objectContaining({ code: "bad_lora_config", message: expect.stringContaining(message) }),
  );
});
