import { sweepSettings, text, yes } from "@dylora/finetune/settings";
import { describe, flag, optional } from "./option.ts";

/** Options that every command has. */
export const everyCommandOptions = {
  config: optional("<file>", "read options from a .yaml, .json, .ts or .js file; flags have precedence over it", text),
  json: flag("print the result as JSON, and nothing else, on standard output", yes),
  debug: flag("show the stack trace when something goes wrong", yes),
};

/** Where rows go, and whether an earlier process made some. */
export const rowOutputOptions = {
  output: optional(
    "<file>",
    "JSON Lines to write, or - for standard output; a file is replaced when every row is there, a device or pipe gets rows as they come",
    text,
  ),
  resume: flag("go on with what an earlier process left in <output file>.partial, to the same result", yes),
};

/** Whether results may go where something lies already. */
export const overwriteOptions = {
  overwrite: flag("replace what an earlier run left in the output folder", yes),
};

/** What a sweep measures, and how it decides. */
export const sweepOptions = describe(sweepSettings, {
  ranks: ["<list>", "ranks to evaluate, such as 1,2,8 or 1-8 (default: every rank)"],
  split: ["<name>", "split to measure on (default: the task's validation split)"],
  limit: ["<n>", "measure on the first so many examples only"],
  epsilon: [
    "<x>",
    "how much worse than the best the recommended rank may be, on the metric's scale (BLEU: e2e and jsonl 0 to 1, others 0 to 100)",
  ],
  confidence: ["<x>", "level of the confidence intervals"],
  resamples: ["<n>", "resamples of the bootstrap"],
  evalBatchSize: ["<n>", "examples in an evaluation batch"],
});
