import { FormatError } from "@dylora/errors";

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

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function tokenInput(fields: Record<string, unknown>, { vocabSize, maxLength }: InputLimits): TokenInput | string {
  const { input_ids: ids, attention_mask: mask } = fields;
  if (!Array.isArray(ids) || ids.length === 0) return '"input_ids" must be an array of token ids that is not empty';
  const wrong = ids.find((id) => !isWhole(id) || id >= vocabSize);
  if (wrong !== undefined)
    return `"input_ids" holds ${JSON.stringify(wrong)}; token ids are whole numbers from 0 to ${vocabSize - 1}`;
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

function inputOf(line: string, limits: InputLimits): InputLine | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    return `not JSON: ${(cause as Error).message}`;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return `a line is an object: ${forms}`;
  const fields = value as Record<string, unknown>;
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
  const lines = content
    .replace(/^\uFEFF/, "")
    .trimEnd()
    .split(/\r?\n/);
  if (lines.length === 1 && lines[0] === "") throw new FormatError("no_input", `${file} holds no lines`);
  return lines.map((line, index) => {
    const input = inputOf(line, limits);
    if (typeof input !== "string") return input;
    throw new FormatError("broken_row", `${file}, line ${index + 1}: ${input}`, {
      details: { path: file, line: index + 1 },
    });
  });
}
