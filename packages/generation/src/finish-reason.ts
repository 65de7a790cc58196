/**
 * Why a text ended: `stop` at an end token or by a stopping rule, `length` at its largest length, `no-choice` because every
 * token was ruled out.
 */
export type FinishReason = "stop" | "length" | "no-choice";
