import { linearizeMeaning, parseMeaning, strip } from "@dylora/data";
import { DyloraError } from "@dylora/errors";
import { type PromptFormName, promptForms } from "../tasks/prompt-forms.ts";

/** Whether a text is an E2E meaning, `name[Aromi], eatType[pub]`. */
function isMeaning(text: string): boolean {
  try {
    return parseMeaning(text).every(({ name }) => !name.includes(" : "));
  } catch (error) {
    if (DyloraError.isInstance(error)) return false;
    throw error;
  }
}

/**
 * The prompt of a context in a form, as training writes it: an E2E meaning is written as the LoRA paper's files have it
 * where the form is `lora`, and stays as it is where it is `arrow`.
 */
export function writePrompt(form: PromptFormName, context: string): string {
  const data = strip(context);
  return promptForms[form].prompt(form === "lora" && isMeaning(data) ? linearizeMeaning(data) : data);
}

/** How a form ends its prompts: what is written after a context. */
const endOf = (form: PromptFormName): string => promptForms[form].prompt("");

/** Whether a whole prompt is plainly not in a form: it ends otherwise, or is an E2E meaning where the form rewrites it. */
export function isInAnotherForm(form: PromptFormName, prompt: string): boolean {
  const end = endOf(form);
  if (!prompt.endsWith(end)) return true;
  return form === "lora" && isMeaning(prompt.slice(0, -end.length));
}

/** What prompts of a form look like, for messages. */
export const exampleOf = (form: PromptFormName): string =>
  JSON.stringify(writePrompt(form, "name[Aromi], eatType[pub]"));
