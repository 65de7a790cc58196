import { positive, text, whole, wholeNumbers, yes } from "@dylora/finetune/settings";
import { flag, option, optional, type SettingsOf } from "../options/option.ts";
import { sweepOptions } from "../options/shared-options.ts";
import { backendOptions } from "../options/training-options.ts";

const { epsilon } = sweepOptions;

/** Options of `dylora quickstart`. */
export const quickstartOptions = {
  dir: optional(
    "<dir>",
    "folder with model/ and data/task.json (default: examples/quickstart of the repository)",
    text,
  ),
  out: option(
    "<dir>",
    "folder for the results; those of the same settings are shown and not made again, others are replaced",
    text,
    "runs/quickstart",
  ),
  steps: option("<n>", "optimiser steps of each run", whole(1), 300),
  lr: option("<x>", "peak learning rate", positive, 3e-3),
  rank: option("<r>", "highest rank", whole(1, 65_536), 8),
  loraRanks: optional("<list>", "ranks that plain LoRA is trained at (default: 1 and the highest)", wholeNumbers(1)),
  seed: option("<n>", "seed of everything random", whole(0), 0),
  epsilon,
  overwrite: flag("train anew where the results are there already", yes),
  ...backendOptions,
};

/** Settings of `dylora quickstart`. */
export type QuickstartSettings = SettingsOf<typeof quickstartOptions>;
