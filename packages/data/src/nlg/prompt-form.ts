import type { NlgExample } from "./nlg-example.ts";

/** What a causal language model reads, and what it is to write after it. */
export interface PromptCompletion {
  /** Text given to the model; its tokens carry no loss. */
  readonly prompt: string;
  /** Text to be written, without the end token. */
  readonly completion: string;
}

/** How contexts and texts are written as prompts and completions. Any object with these two members is one. */
export interface PromptForm {
  /** The prompt of a context; generation starts after it. */
  prompt(context: string): string;
  /** The completion that stands for a text. */
  completion(text: string): string;
}

/**
 * The form of microsoft/LoRA's `gpt2_encode.py`: context, GPT-2's `<|endoftext|>`, a space and the text. The end token
 * between them is a begin token to GPT-2, which has one token for both.
 */
export const LORA_PROMPTS: PromptForm = {
  prompt: (context) => `${context}<|endoftext|>`,
  completion: (text) => ` ${text}`,
};

/** Context, ` =>`, a space and the text. */
export const ARROW_PROMPTS: PromptForm = {
  prompt: (context) => `${context} =>`,
  completion: (text) => ` ${text}`,
};

/** Writes examples as prompts and completions. */
export const toPromptCompletions = (examples: readonly NlgExample[], form: PromptForm): PromptCompletion[] =>
  examples.map(({ context, text }) => ({ prompt: form.prompt(context), completion: form.completion(text) }));
