import { flag, option, optional } from "./option.ts";
import { fraction, notNegative, text, whole, wholeNumbers, yes } from "./readers.ts";

/** Options that every command has. */
export const everyCommandOptions = {
  config: optional("<file>", "read options from a .json, .ts or .js file; flags have precedence over it", text),
  json: flag("print the result as JSON, and nothing else, on standard output", yes),
  debug: flag("show the stack trace when something goes wrong", yes),
};

/** Which engine computes. */
export const engineOptions = {
  backend: option(
    "<name>",
    "tensor engine: auto (the fastest that runs here), wasm, native, native:bfloat16, node, …, or a package that exports a descriptor",
    text,
    "auto",
  ),
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
export const sweepOptions = {
  ranks: optional("<list>", "ranks to evaluate, such as 1,2,8 or 1-8 (default: every rank)", wholeNumbers(1)),
  split: optional("<name>", "split to measure on (default: the task's validation split)", text),
  limit: optional("<n>", "measure on the first so many examples only", whole(1)),
  epsilon: option(
    "<x>",
    "how much worse than the best the recommended rank may be, on the metric's scale (BLEU: e2e and jsonl 0 to 1, others 0 to 100)",
    notNegative,
    0.01,
  ),
  confidence: option("<x>", "level of the confidence intervals", fraction, 0.95),
  resamples: option("<n>", "resamples of the bootstrap", whole(1, 1_000_000), 1000),
  evalBatchSize: option("<n>", "examples in an evaluation batch", whole(1), 64),
};
