import { ConfigError, FormatError } from "@dylora/errors";
import type { AdapterSource } from "../adapters/adapter-source.ts";
import type { FileContext } from "../context.ts";
import { inputName, readInputText } from "../files/input-file.ts";
import type { GenerateSettings } from "../settings/use-settings.ts";
import { isDataFile, isTable, readDataGroups } from "../tasks/data-groups.ts";
import { writePrompt } from "./prompt-form.ts";
import { NO_FORM, type PromptLine, parsePromptLines } from "./prompt-lines.ts";

/** Prompts with where each stands. */
export interface PlacedPrompts {
  /** The prompts, in order. */
  readonly lines: readonly PromptLine[];
  /** What messages call the prompt at an index. */
  readonly placeOf: (index: number) => string;
}

/** Says where data are plainly not of the kind that an adapter was trained on. */
function sayOtherData(file: string, { task, dir }: AdapterSource, note: (line: string) => void): void {
  const isOther = isTable(file) ? task === "webnlg" || task === "dart" : task === "e2e";
  if (isOther)
    note(`${dir} was trained for ${task}; ${file} holds ${isTable(file) ? "a table of meanings" : "triples"}`);
}

/**
 * Reads prompts from JSON Lines, or from a data file: one for each distinct meaning or set of triples, in order, whether it has
 * texts or not.
 *
 * @throws FormatError `broken_row`, `no_input`, `unknown_prompt_form` and as the readers of `@dylora/data`; ConfigError `bad_option`
 */
export async function readPrompts(
  { input, promptForm, lang }: GenerateSettings & { readonly input: string },
  source: AdapterSource,
  vocabSize: number,
  context: FileContext,
): Promise<PlacedPrompts> {
  const file = inputName(input);
  const form = promptForm ?? source.promptForm;
  const write = form === undefined ? undefined : (data: string) => writePrompt(form, data);
  if (!(await isDataFile(input))) {
    if (lang !== undefined) {
      throw new ConfigError("bad_option", `'lang' goes with WebNLG's files; ${file} holds lines of JSON`);
    }
    const text = await readInputText("'input'", input, context);
    const lines = parsePromptLines(text, file, { vocabSize, writePrompt: write });
    return { lines, placeOf: (index) => `${file}, line ${index + 1}` };
  }
  if (write === undefined) throw new FormatError("unknown_prompt_form", `${file}: ${NO_FORM}`);
  const groups = await readDataGroups(input, {
    task: source.task,
    language: lang,
    needsTexts: false,
    note: context.note,
  });
  sayOtherData(input, source, context.note);
  const lines = groups.map((group) => ({ prompt: write(group.context), context: group.context }));
  return { lines, placeOf: (index) => `${file}, ${groups[index]?.place ?? ""}` };
}
