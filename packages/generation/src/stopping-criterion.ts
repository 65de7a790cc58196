import type { Sequence } from "./sequence.ts";

/**
 * Says whether a text ends where it is. It is asked after every new token, with the prompt and all tokens so far.
 *
 * @param sequence the text: `prompt.ids` are the tokens of its prompt, `ids` those and the new ones
 */
export type StoppingCriterion = (sequence: Sequence) => boolean;
