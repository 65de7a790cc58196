import type { PromptCompletion } from "../nlg/prompt-form.ts";
import { type ReadTableOptions, readTable } from "./read-table.ts";

/** Settings of {@link readPromptCompletions}. */
export interface ReadPromptsOptions extends Pick<ReadTableOptions, "format" | "onBrokenRow"> {
  /** Column of the prompt. Default `"prompt"`. */
  readonly promptColumn?: string;
  /** Column of the completion. Default `"completion"`. */
  readonly completionColumn?: string;
}

/**
 * Reads prompts and completions from JSON Lines, `{"prompt": "…", "completion": "…"}` on each line (or from a TSV, CSV
 * or parquet file with those columns). They are taken as they are: a completion that is to follow a space begins with
 * one.
 *
 * @throws As {@link readTable}.
 */
export async function readPromptCompletions(
  path: string,
  { promptColumn = "prompt", completionColumn = "completion", ...options }: ReadPromptsOptions = {},
): Promise<PromptCompletion[]> {
  const { examples } = await readTable(path, { ...options, textColumns: [promptColumn, completionColumn] });
  return examples.map(({ text, textPair }) => ({ prompt: text, completion: textPair! }));
}
