import { parseJsonLines, tokenIdsOf } from "../files/json-lines.ts";

/** One prompt of `dylora generate`'s input: a text, with the data that it was written from, or tokens. */
export type PromptLine =
  | { readonly prompt: string; readonly context?: string }
  | { readonly inputIds: readonly number[] };

/** How prompts are read. */
export interface PromptReading {
  /** Tokens in the vocabulary. */
  readonly vocabSize: number;
  /** Writes data as a prompt; undefined where it is not known how. */
  readonly writePrompt: ((context: string) => string) | undefined;
}

const forms = '{"prompt": "..."}, {"context": "..."} or {"input_ids": [...]}';
const kinds = ["input_ids", "prompt", "context"] as const;

/** What to do where nobody says how data become prompts. */
export const NO_FORM =
  "it is not known how prompts are written here: give 'promptForm' lora or arrow, or whole prompts";

function promptOf(fields: Record<string, unknown>, { vocabSize, writePrompt }: PromptReading): PromptLine | string {
  const given = kinds.filter((name) => fields[name] !== undefined);
  const [kind, other] = given;
  if (kind === undefined) return `a line is ${forms}`;
  if (other !== undefined) return `give "${kind}" or "${other}", not both`;
  if (kind === "input_ids") {
    const ids = tokenIdsOf(fields["input_ids"], vocabSize);
    return typeof ids === "string" ? ids : { inputIds: ids };
  }
  const text = fields[kind];
  if (typeof text !== "string") return `a line is ${forms}`;
  if (kind === "prompt") return text === "" ? "the prompt is empty" : { prompt: text };
  if (text.trim() === "") return "the context is empty";
  return writePrompt === undefined ? `"context": ${NO_FORM}` : { prompt: writePrompt(text), context: text };
}

/**
 * Reads prompts. Fields besides the known ones are ignored.
 *
 * @param file what messages call the source
 * @throws FormatError `broken_row` naming file and line, `no_input` when there is none
 */
export function parsePromptLines(content: string, file: string, reading: PromptReading): PromptLine[] {
  return parseJsonLines(content, file, forms, (fields) => promptOf(fields, reading));
}
