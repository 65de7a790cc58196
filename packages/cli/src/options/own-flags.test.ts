import { expect, test } from "vitest";
import { predict } from "../commands/predict.ts";
import { train } from "../commands/train.ts";
import { inOwnFlags } from "./own-flags.ts";

const { options } = train;
const own = (...args: string[]) => inOwnFlags(args, options);

test("names of other tools become ours, with dashes, underscores and an equals sign", () => {
  expect(own("--learning_rate", "1e-3", "--max-steps=5", "--output_dir", "runs/a", "--loraAlpha", "8").args).toEqual([
    "--lr",
    "1e-3",
    "--steps=5",
    "--out",
    "runs/a",
    "--alpha",
    "8",
  ]);
  expect(own("--nonsense", "--", "--learning_rate").args).toEqual(["--nonsense", "--", "--learning_rate"]);
});

test("settings that are none of ours are taken out with their values, as a configuration file would have them", () => {
  expect(own("--do_train", "--logging_steps", "10", "--lr", "1", "--load-best-model-at-end=False", "--bf16")).toEqual({
    args: ["--lr", "1"],
    others: { do_train: true, logging_steps: 10, load_best_model_at_end: false, bf16: true },
  });
});

test("switches that other tools give a value", () => {
  expect(own("--resume_from_checkpoint", "True", "--out", "a").args).toEqual(["--resume", "--out", "a"]);
  expect(own("--resume_from_checkpoint", "runs/a", "--lr", "1")).toEqual({
    args: ["--lr", "1"],
    others: { resume_from_checkpoint: "runs/a" },
  });
  expect(own("--overwrite_output_dir=false").args).toEqual([]);
  expect(own("--resume", "--overwrite-output-dir").args).toEqual(["--resume", "--overwrite"]);
});

test("a command that trains nothing has no settings of training", () => {
  expect(inOwnFlags(["--do_train"], predict.options)).toEqual({ args: ["--do_train"], others: {} });
});
