import { text, wholeNumbers, yes } from "@dylora/finetune/settings";
import { defineCommand } from "../command.ts";
import { beamOptions } from "../options/generation-options.ts";
import { flag, option, optional } from "../options/option.ts";
import { overwriteOptions, sweepOptions } from "../options/shared-options.ts";
import { trainingOptions } from "../options/training-options.ts";

const { confidence, evalBatchSize, limit, resamples } = sweepOptions;

// A comparison has seeds of its own, keeps whole parts, and gives every run the same steps: nothing stops one early.
const {
  seed: _seed,
  evalEvery: _evalEvery,
  evalRanks: _evalRanks,
  earlyStopping: _earlyStopping,
  checkpointEvery: _checkpointEvery,
  keep: _keep,
  ...sharedOptions
} = trainingOptions;

/** Options of `dylora compare`. */
const compareOptions = {
  out: optional("<dir>", "folder for the results", text),
  ranks: optional("<list>", "ranks to compare at, such as 1,2,8 or 1-8 (default: every rank)", wholeNumbers(1)),
  seeds: option("<list>", "seeds; each repeats everything", wholeNumbers(0), [0]),
  ...sharedOptions,
  limit,
  confidence,
  resamples,
  evalBatchSize,
  ...beamOptions,
  ...overwriteOptions,
  resume: flag("go on with an interrupted comparison: give the same options again", yes),
};

/** `dylora compare`. */
export const compare = defineCommand({
  name: "compare",
  summary: "DyLoRA against LoRA trained at each rank: quality and wall-clock",
  details:
    "For each seed: one DyLoRA run and its sweep, a LoRA trained at each rank with the same steps, and the LoRA of the\n" +
    "highest rank cut to each rank. All share the order of the data and where they start from. Every finished part is\n" +
    "kept in parts/; --resume runs only what is missing. Writes compare.json, compare.svg and report.html.",
  options: compareOptions,
  examples: [
    {
      command:
        "dylora compare --base examples/quickstart/model --task examples/quickstart/data/task.json --steps 300 --lr 3e-3 --seeds 0,1,2 --out runs/compare",
      effect: "ranks 1 to 8, three seeds",
    },
    {
      command:
        "dylora compare --base model --task mrpc --data glue/MRPC --epochs 3 --ranks 1,4,8 --out runs/mrpc-compare",
      effect: "three ranks only",
    },
  ],
  async run(settings, context) {
    const { runCompare } = await import("../sweep/run-compare.ts");
    return runCompare(settings, context);
  },
});
