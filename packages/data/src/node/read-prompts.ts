import { type Recorded, withRecord } from "../nlg/nlg-example.ts";
import type { PromptCompletion } from "../nlg/prompt-form.ts";
import { countRemarks } from "../remark.ts";
import { type ReadTableOptions, readPlacedTable } from "./read-table.ts";

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
 * @returns The pairs; `remarks` counts empty prompts and completions.
 * @throws As `readTable`.
 */
export async function readPromptCompletions(
  path: string,
  { promptColumn = "prompt", completionColumn = "completion", ...options }: ReadPromptsOptions = {},
): Promise<Recorded<PromptCompletion>> {
  const textColumns = [promptColumn, completionColumn] as const;
  const { examples, unit, numbers } = await readPlacedTable(path, { ...options, textColumns });
  const remarks = countRemarks();
  const placeOf = (index: number): string => `${path}, ${unit} ${numbers[index]}`;
  const pairs = examples.map(({ text, textPair }, index) => {
    if (text === "") remarks.add("empty_prompt", "rows have an empty prompt", placeOf(index));
    if (textPair === "") remarks.add("empty_completion", "rows have an empty completion", placeOf(index));
    return { prompt: text, completion: textPair! };
  });
  return withRecord(pairs, { remarks: remarks.list(), placeOf });
}
