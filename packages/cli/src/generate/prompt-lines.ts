import { parseJsonLines, tokenIdsOf } from "../json-lines.ts";

/** One line of `dylora generate`'s input: a text, or tokens. */
export type PromptLine = { readonly prompt: string } | { readonly inputIds: readonly number[] };

const forms = '{"prompt": "..."} or {"input_ids": [...]}';

function promptOf(fields: Record<string, unknown>, vocabSize: number): PromptLine | string {
  const { prompt, input_ids: given } = fields;
  if (given !== undefined && prompt !== undefined) return 'give "input_ids" or "prompt", not both';
  if (given !== undefined) {
    const ids = tokenIdsOf(given, vocabSize);
    return typeof ids === "string" ? ids : { inputIds: ids };
  }
  if (typeof prompt !== "string") return `a line is ${forms}`;
  return prompt === "" ? "the prompt is empty" : { prompt };
}

/**
 * Reads prompts. Fields besides the known ones are ignored.
 *
 * @param file what messages call the source
 * @throws FormatError `broken_row` naming file and line, `no_input` when there is none
 */
export function parsePromptLines(content: string, file: string, vocabSize: number): PromptLine[] {
  return parseJsonLines(content, file, forms, (fields) => promptOf(fields, vocabSize));
}
