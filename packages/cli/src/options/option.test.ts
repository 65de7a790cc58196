import { ConfigError } from "@dylora/errors";
import { readSettings, setting, whole } from "@dylora/finetune/settings";
import { expect, test } from "vitest";
import { commands } from "../commands/index.ts";
import { describe, flagOf, inFlags } from "./option.ts";

test("a setting is a flag of words with dashes", () => {
  expect(["rank", "loraDropout", "noRepeatNgramSize"].map(flagOf)).toEqual([
    "--rank",
    "--lora-dropout",
    "--no-repeat-ngram-size",
  ]);
});

test("settings in a message become flags, and other quotes stay", () => {
  const names = new Set(["resume", "overwrite", "loraDropout"]);
  expect(inFlags("give 'resume' or 'overwrite', not both", names)).toBe("give --resume or --overwrite, not both");
  expect(inFlags("'loraDropout' is 2; it's too much", names)).toBe("--lora-dropout is 2; it's too much");
  expect(inFlags(`class 'up', file "resume", 'toString'`, names)).toBe(`class 'up', file "resume", 'toString'`);
});

test("what help says is put beside settings of the library", () => {
  const table = { rank: setting(whole(1), 8), steps: setting(whole(1), 100) };
  const options = describe(table, { rank: ["<r>", "highest rank"], steps: "steps" });
  expect(options).toEqual({
    rank: { ...table.rank, placeholder: "<r>", description: "highest rank" },
    steps: { ...table.steps, placeholder: undefined, description: "steps" },
  });
  expect(readSettings(options, [{ values: { rank: "4" } }])).toEqual({ rank: 4, steps: 100 });
});

test("a bad value of any option is told by its flag", () => {
  const names = new Set(commands.flatMap(({ options }) => Object.keys(options)));
  for (const { options } of commands) {
    for (const [name, { placeholder }] of Object.entries(options)) {
      if (placeholder === undefined) continue;
      try {
        readSettings(options, [{ values: { [name]: { no: "value" } } }]);
        expect.fail(`${name} takes anything`);
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
        const message = inFlags((error as ConfigError).message, names);
        expect(message).toMatch(new RegExp(`^${flagOf(name)} is .*; it must be `));
      }
    }
  }
});
