import { type BrokenRowHandler, type NlgExample, toPromptCompletions } from "@dylora/data";
import { ConfigError } from "@dylora/errors";
import { generationEvaluationSet, generationTrainingSet } from "./generation-sets.ts";
import { type GenerationTaskName, promptsOf, readNlgSplit } from "./nlg-files.ts";
import { nlgScorings } from "./nlg-metrics.ts";
import type { OpenTask, TaskSettings } from "./task.ts";

/** Most tokens of prompt and completion where nothing is said: what the LoRA paper trains with. */
const USUAL_LENGTH = 512;

/**
 * Opens a task that generates text.
 *
 * @param note told how many broken rows were left out
 * @throws ConfigError `option_missing` or `bad_option`
 */
export function openGenerationTask(
  { task: name, data, skipBrokenRows, promptForm }: TaskSettings & { readonly task: GenerationTaskName },
  note: (line: string) => void,
): OpenTask {
  if (data === undefined) {
    throw new ConfigError("option_missing", `--data is missing: the folder of ${name}'s files`);
  }
  if (data === "hub") {
    throw new ConfigError("bad_option", `--data hub goes with GLUE tasks; name the folder of ${name}'s files`);
  }
  if (name === "jsonl" && promptForm !== undefined) {
    throw new ConfigError("bad_option", "--prompt-form goes with e2e, dart and webnlg; jsonl holds whole prompts");
  }
  const form = promptForm ?? "lora";
  const prompts = promptsOf(name, form);
  async function read(split: string): Promise<readonly NlgExample[]> {
    let broken = 0;
    const count: BrokenRowHandler = () => {
      broken++;
    };
    const examples = await readNlgSplit(name, data as string, split, {
      form,
      onBrokenRow: skipBrokenRows ? count : undefined,
    });
    if (broken > 0) note(`${name}, ${split}: ${broken} rows that cannot be read left out`);
    if (examples.length > 0) return examples;
    throw new ConfigError("empty_split", `the ${split} split of ${name} holds no examples`);
  }
  return {
    name,
    kind: "generation",
    labels: [],
    evaluationSplit: "validation",
    usualLength: USUAL_LENGTH,
    promptForm: name === "jsonl" ? undefined : form,
    training: async (tools) => generationTrainingSet(toPromptCompletions(await read("train"), prompts), tools),
    evaluation: async (split, tools, settings) =>
      generationEvaluationSet(
        { split, examples: await read(split), prompts, scoring: nlgScorings[name], note },
        tools,
        settings,
      ),
  };
}
