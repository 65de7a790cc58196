import { oneOf, text, whole, yes } from "@dylora/finetune/settings";
import { defineCommand } from "../command.ts";
import { folderGenerationOptions } from "../options/generation-options.ts";
import { flag, option, optional } from "../options/option.ts";
import { rowOutputOptions } from "../options/shared-options.ts";
import { backendOptions, modelOptions } from "../options/training-options.ts";

/** Options of `dylora generate`. */
const generateOptions = {
  base: optional("<dir|name>", "base model: a folder or a hub name (default: the one the adapter names)", text),
  ...modelOptions,
  adapter: optional("<dir|name>", "run folder, PEFT folder or hub name (default: the base model alone)", text),
  rank: optional("<b>", "rank to use (default: the adapter's highest)", whole(1)),
  input: optional(
    "<file>",
    "JSON Lines to read, or - for standard input; or a data file: E2E's .csv, WebNLG's or DART's .xml or .json",
    text,
  ),
  ...rowOutputOptions,
  promptForm: optional(
    "<name>",
    "how data become prompts: lora or arrow, as in training (default: the form that the adapter was trained with)",
    oneOf(["lora", "arrow"]),
  ),
  lang: optional(
    "<code>",
    "a file of WebNLG: only triples with a text in this language, such as en or ru (default: all)",
    text,
  ),
  cutPrompts: flag("of a prompt that is too long keep the last tokens, as the LoRA paper's script does", yes),
  ...folderGenerationOptions,
  batchSize: option("<n>", "prompts that run side by side; it changes no text", whole(1), 16),
  ...backendOptions,
};

/** `dylora generate`. */
export const generate = defineCommand({
  name: "generate",
  summary: "continue the prompts of a file",
  details:
    'Reads lines {"prompt": "..."}, {"context": "..."} or {"input_ids": [...]} and writes {"tokens": [...], "text": "..."}\n' +
    "for each. A prompt is taken as it is; a context is data that becomes a prompt in the form of the training. Lines come in the\n" +
    "same order: the new tokens, the end token included, and their text without it (null where the base model has no\n" +
    "tokenizer). Greedy search, beam search (--num-beams) and sampling (--do-sample) as in transformers. What is not given, the\n" +
    "model's generation_config.json says; a note names what came from there.",
  options: generateOptions,
  examples: [
    {
      command:
        "dylora generate --adapter runs/e2e --rank 4 --input in.jsonl --output out.jsonl --num-beams 10 --length-penalty 0.8 --no-repeat-ngram-size 4",
      effect: "a run at rank 4, with the beam search of the LoRA paper",
    },
    {
      command: "dylora generate --adapter runs/e2e --input e2e-dataset/testset_w_refs.csv --output out.jsonl",
      effect: "a text for each meaning of a data file, in its order: what evaluate takes",
    },
    {
      command: `echo '{"context": "name[Aromi], eatType[pub]"}' | dylora generate --adapter runs/e2e --input - --output -`,
      effect: "from standard input to standard output",
    },
    {
      command:
        "dylora generate --base model --input in.jsonl --output out.jsonl --do-sample --temperature 0.8 --top-p 0.95 --seed 7",
      effect: "a base model alone, sampled",
    },
  ],
  async run(settings, context) {
    const { requireOneResult } = await import("../options/one-result.ts");
    await requireOneResult(settings.output, context.json);
    const [{ generateFile }, { formatCounted }] = await Promise.all([
      import("@dylora/finetune"),
      import("@dylora/report"),
    ]);
    const { texts, ...result } = await generateFile(settings, context.work);
    if (result.output !== "-") context.say(`${formatCounted(texts, "text")} written to ${result.output}`);
    return result;
  },
});
