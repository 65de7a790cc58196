import { text, yes } from "@dylora/finetune/settings";
import { defineCommand } from "../command.ts";
import { flag, optional } from "../options/option.ts";
import { overwriteOptions } from "../options/shared-options.ts";
import { trainingOptions } from "../options/training-options.ts";

/** `dylora train`. */
export const train = defineCommand({
  name: "train",
  summary: "train one adapter that works at every rank",
  details:
    "Writes run.json (all settings, to repeat the run), events.jsonl and checkpoint/ into the output folder.\n" +
    "Ctrl-C, SIGTERM, SIGHUP and errors save a checkpoint; --resume goes on from it, bit for bit. With --resume, --lr, --steps,\n" +
    "--epochs, --schedule, --batch-size, --eval-every and the like may change: a finished run can be lengthened.",
  options: {
    out: optional("<dir>", "folder for the run", text),
    ...trainingOptions,
    ...overwriteOptions,
    resume: flag("go on with the run in --out, with its own settings and those given anew", yes),
  },
  examples: [
    {
      command:
        "dylora train --base examples/quickstart/model --task examples/quickstart/data/task.json --steps 300 --lr 3e-3 --out runs/rating",
      effect: "DyLoRA up to rank 8 on a task of your own",
    },
    {
      command:
        "dylora train --base FacebookAI/roberta-base --task sst2 --data hub --epochs 3 --warmup-ratio 0.06 --out runs/sst2",
      effect: "model and GLUE data by name from the hub",
    },
    {
      command:
        "dylora train --base model --task cola --data glue/CoLA --distribution geometric:p=0.15 --update-mode frozen --out runs/cola",
      effect: "low ranks more often; each step changes its newest row alone",
    },
    {
      command:
        "dylora train --base model --task cola --data glue/CoLA --rank 4 --distribution fixed:4 --out runs/lora-4",
      effect: "plain LoRA of rank 4",
    },
    { command: "dylora train --resume --out runs/sst2", effect: "go on after Ctrl-C or a crash" },
    {
      command: "dylora train --resume --out runs/sst2 --lr 1e-4",
      effect: "go on at a lower rate where the loss broke down",
    },
  ],
  async run(settings, context) {
    const { runTrain } = await import("../train/run-train.ts");
    return runTrain(settings, context);
  },
});
