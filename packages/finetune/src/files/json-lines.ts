import { FormatError, showValue } from "@dylora/errors";

function objectOf(line: string, forms: string): Record<string, unknown> | string {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    return `a line is an object: ${forms}`;
  } catch (cause) {
    if (line.trim() === "") return "empty; each line is an input";
    return `not JSON: ${(cause as Error).message}; the input is JSON Lines, one object a line: ${forms}`;
  }
}

/**
 * Reads inputs, one JSON object a line. Empty lines at the end are left out.
 *
 * @param file what messages call the source
 * @param forms what lines look like, for messages
 * @param read makes an input of an object, or says what is wrong with it
 * @throws FormatError `broken_row` naming file and line, `no_input` when there is none
 */
export function parseJsonLines<Input extends object>(
  content: string,
  file: string,
  forms: string,
  read: (fields: Record<string, unknown>) => Input | string,
): Input[] {
  const text = content.replace(/^\uFEFF/, "").trimEnd();
  if (text === "") throw new FormatError("no_input", `${file} holds no lines`);
  const inputs: Input[] = [];
  // Not split at once: an array of more than 2^27 lines ends the process, and the first of them may be wrong.
  for (let at = 0; at <= text.length; ) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline;
    const object = objectOf(text.slice(at, end), forms);
    const input = typeof object === "string" ? object : read(object);
    if (typeof input === "string") {
      const line = inputs.length + 1;
      throw new FormatError("broken_row", `${file}, line ${line}: ${input}`, { details: { path: file, line } });
    }
    inputs.push(input);
    at = end + 1;
  }
  return inputs;
}

/**
 * Token ids in an input.
 *
 * @returns the ids, or what is wrong with them
 */
export function tokenIdsOf(ids: unknown, vocabSize: number): readonly number[] | string {
  if (!Array.isArray(ids) || ids.length === 0) return '"input_ids" must be an array of token ids that is not empty';
  const wrong: unknown = ids.find((id) => !Number.isSafeInteger(id) || id < 0 || id >= vocabSize);
  if (wrong === undefined) return ids;
  return `"input_ids" holds ${showValue(wrong)}; token ids are whole numbers from 0 to ${vocabSize - 1}`;
}
