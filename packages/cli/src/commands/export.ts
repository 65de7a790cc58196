import { oneOf, text, whole, yes } from "@dylora/finetune/settings";
import { defineCommand } from "../command.ts";
import { flag, option, optional } from "../options/option.ts";
import { overwriteOptions } from "../options/shared-options.ts";
import { backendOptions, modelOptions } from "../options/training-options.ts";

/** Options of `dylora export`. */
const exportOptions = {
  rank: optional("<b>", "rank to export", whole(1)),
  out: optional("<dir>", "folder to write", text),
  base: optional("<dir|name>", "base model: a folder or a hub name (default: the one SOURCE names)", text),
  ...modelOptions,
  merge: flag("write full weights in the Hugging Face layout, with the adapter folded in", yes),
  dtype: option(
    "<type>",
    "type of merged weights: float32, float16, bfloat16",
    oneOf(["float32", "float16", "bfloat16"]),
    "float32",
  ),
  ...overwriteOptions,
  ...backendOptions,
};

/** `dylora export`. */
export const exportAdapter = defineCommand({
  name: "export",
  summary: "write one rank as a PEFT adapter, or merged into the model",
  details:
    "The PEFT folder loads in Python: PeftModel.from_pretrained(AutoModelForSequenceClassification.from_pretrained(base,\n" +
    "num_labels=n), folder). A merged folder loads alone: AutoModelForSequenceClassification.from_pretrained(folder).",
  argument: { name: "source", description: "run folder, PEFT folder or hub name" },
  options: exportOptions,
  examples: [
    {
      command: "dylora export runs/rating --rank 2 --out runs/rating/export/rank-2",
      effect: "rank 2 as a PEFT adapter",
    },
    {
      command: "dylora export runs/rating --rank 2 --merge --out merged",
      effect: "a whole model, ready for transformers",
    },
    {
      command: "dylora export my-peft-adapter --base model --rank 1 --out smaller",
      effect: "any PEFT LoRA adapter, cut to rank 1",
    },
  ],
  async run(settings, context, source) {
    const { exportSource } = await import("@dylora/finetune");
    const result = await exportSource(source, settings, context.work);
    const merged = settings.merge ? ` with the weights of ${result.base}, ${settings.dtype}` : "";
    context.say(`rank ${result.rank} written to ${result.out}${merged}`);
    return result;
  },
});
