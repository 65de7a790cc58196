/** What can be learnt: classes, a number, or text. */
export const outputKinds = ["classification", "regression", "generation"] as const;

/** What a task teaches. */
export type OutputKind = (typeof outputKinds)[number];
