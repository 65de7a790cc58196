import { defineCommand } from "../command.ts";
import { generationOptions } from "../options/generation-options.ts";
import { sweepOptions } from "../options/shared-options.ts";
import { backendOptions, modelOptions } from "../options/training-options.ts";

/** `dylora sweep`. */
export const sweep = defineCommand({
  name: "sweep",
  summary: "evaluate a run at every rank and recommend one",
  details:
    "Prints the table and the curve, and writes sweep.json, sweep.svg and report.html into the run folder. The\n" +
    "recommended rank is the smallest that the paired bootstrap keeps within epsilon of the best. Ranks that are done when\n" +
    "it is stopped are kept: the same command goes on.",
  argument: { name: "run", description: "run folder of dylora train" },
  options: { ...sweepOptions, ...generationOptions, ...modelOptions, ...backendOptions },
  examples: [
    { command: "dylora sweep runs/rating", effect: "every rank, on the validation split" },
    {
      command: "dylora sweep runs/rating --ranks 1,2,4,8 --epsilon 0.005",
      effect: "some ranks, a stricter recommendation",
    },
    {
      command: "dylora sweep runs/e2e --limit 100 --num-beams 10 --length-penalty 0.8 --no-repeat-ngram-size 4",
      effect: "texts generated at every rank for 100 instances, scored by BLEU and its kin",
    },
    {
      command: "dylora sweep runs/mnli --split validation_mismatched --json",
      effect: "another split, the result as JSON",
    },
  ],
  async run(settings, context, dir) {
    const { runSweep } = await import("../sweep/run-sweep.ts");
    return runSweep(dir, settings, context);
  },
});
