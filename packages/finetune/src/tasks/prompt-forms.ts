import { ARROW_PROMPTS, LORA_PROMPTS, type PromptForm } from "@dylora/data";

/** How contexts and texts become prompts and completions, by name. */
export const promptForms = { lora: LORA_PROMPTS, arrow: ARROW_PROMPTS } as const satisfies Record<string, PromptForm>;

/** Name of a prompt form. */
export type PromptFormName = keyof typeof promptForms;

/** Names of the prompt forms. */
export const promptFormNames = Object.keys(promptForms) as [PromptFormName, ...PromptFormName[]];

/** The form of a name; undefined where there is none of it. */
export const promptFormNamed = (name: string | undefined): PromptFormName | undefined =>
  promptFormNames.find((form) => form === name);
