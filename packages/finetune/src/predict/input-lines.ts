import { parseJsonLines, tokenIdsOf } from "../files/json-lines.ts";

/** An input that is text: a sentence or a pair. */
export interface TextInput {
  /** First (or only) text. */
  readonly text: string;
  /** Second text of a pair. */
  readonly textPair?: string;
}

/** An input that is tokens already. */
export interface TokenInput {
  /** Token ids. */
  readonly inputIds: readonly number[];
  /** 1 for tokens that count, 0 for others; as many as token ids. */
  readonly attentionMask: readonly number[];
}

/** One line of `dylora predict`'s input. */
export type InputLine = TextInput | TokenInput;

/** What the model can take. */
export interface InputLimits {
  /** Tokens in the vocabulary. */
  readonly vocabSize: number;
  /** Most tokens of an input. */
  readonly maxLength: number;
}

const known = ["input_ids", "attention_mask", "text", "text_pair"];
const forms = '{"input_ids": [...], "attention_mask": [...]} or {"text": "...", "text_pair": "..."}';

function tokenInput(fields: Record<string, unknown>, { vocabSize, maxLength }: InputLimits): TokenInput | string {
  const ids = tokenIdsOf(fields["input_ids"], vocabSize);
  if (typeof ids === "string") return ids;
  const { attention_mask: mask } = fields;
  if (ids.length > maxLength) return `"input_ids" holds ${ids.length} tokens; the model takes at most ${maxLength}`;
  if (mask === undefined) return { inputIds: ids, attentionMask: ids.map(() => 1) };
  if (!Array.isArray(mask) || mask.length !== ids.length) {
    return `"attention_mask" must be an array of ${ids.length} numbers, one for each of "input_ids"`;
  }
  if (mask.some((value) => value !== 0 && value !== 1)) return '"attention_mask" may hold only 0 and 1';
  return mask.includes(1) ? { inputIds: ids, attentionMask: mask } : '"attention_mask" hides every token';
}

function textInput({ text, text_pair: pair }: Record<string, unknown>): TextInput | string {
  if (typeof text !== "string") return '"text" must be a text';
  if (pair === undefined || pair === null) return { text };
  return typeof pair === "string" ? { text, textPair: pair } : '"text_pair" must be a text';
}

function inputOf(fields: Record<string, unknown>, limits: InputLimits): InputLine | string {
  if ("input_ids" in fields && "text" in fields) return 'give "input_ids" or "text", not both';
  if ("input_ids" in fields) return tokenInput(fields, limits);
  if ("text" in fields) return textInput(fields);
  return `none of ${known.join(", ")}: a line is ${forms}`;
}

/**
 * Reads inputs, one JSON object a line. Empty lines at the end are left out. Fields besides the known ones are ignored.
 *
 * @param file what messages call the source
 * @throws FormatError `broken_row` naming file and line, `no_input` when there is none
 */
export function parseInputLines(content: string, file: string, limits: InputLimits): InputLine[] {
  return parseJsonLines(content, file, forms, (fields) => inputOf(fields, limits));
}
