import { text, whole } from "@dylora/finetune/settings";
import { defineCommand } from "../command.ts";
import { option, optional } from "../options/option.ts";
import { rowOutputOptions } from "../options/shared-options.ts";
import { backendOptions, modelOptions } from "../options/training-options.ts";

/** Options of `dylora predict`. */
const predictOptions = {
  base: optional("<dir|name>", "base model: a folder or a hub name (default: the one the adapter names)", text),
  ...modelOptions,
  adapter: optional("<dir|name>", "run folder, PEFT folder or hub name (default: the base model alone)", text),
  rank: optional("<b>", "rank to use (default: the adapter's highest)", whole(1)),
  input: optional("<file>", "JSON Lines to read, or - for standard input", text),
  ...rowOutputOptions,
  batchSize: option("<n>", "inputs in a batch", whole(1), 32),
  maxLength: optional(
    "<n>",
    "most tokens of a text; longer ones are cut (default: as in training, else model_max_length of the tokenizer, else the model's limit)",
    whole(3),
  ),
  numLabels: optional("<n>", "refuse a head that has not so many outputs", whole(1)),
  ...backendOptions,
};

/** `dylora predict`. */
export const predict = defineCommand({
  name: "predict",
  summary: "classify the lines of a file",
  details:
    'Reads lines {"text": "...", "text_pair": "..."} or {"input_ids": [...], "attention_mask": [...]} and writes\n' +
    '{"logits": [...], "label": ...} for each, in the same order; the label is the class\'s name where it is known, else\n' +
    "its id, and the number itself for a regression. A model whose config.json says multi_label_classification gets\n" +
    '{"logits": [...], "scores": [...], "labels": [...]}: each class\'s probability, and the classes above one half.',
  options: predictOptions,
  examples: [
    {
      command: "dylora predict --adapter runs/rating --rank 4 --input in.jsonl --output out.jsonl",
      effect: "a run at rank 4, on the base model it was trained on",
    },
    {
      command: "dylora predict --base model --adapter runs/rating/export/rank-2 --input in.jsonl --output out.jsonl",
      effect: "an exported adapter, or any PEFT LoRA adapter",
    },
    {
      command: `echo '{"text": "The Eagle has a low customer rating."}' | dylora predict --adapter runs/rating --input - --output -`,
      effect: "from standard input to standard output",
    },
  ],
  async run(settings, context) {
    const { requireOneResult } = await import("../options/one-result.ts");
    await requireOneResult(settings.output, context.json);
    const [{ predictFile }, { formatCounted }] = await Promise.all([
      import("@dylora/finetune"),
      import("@dylora/report"),
    ]);
    const result = await predictFile(settings, context.work);
    if (result.output !== "-") context.say(`${formatCounted(result.lines, "line")} written to ${result.output}`);
    return result;
  },
});
