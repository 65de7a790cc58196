/** What can be learnt: classes, a number, or text. */
export const learntKinds = ["classification", "regression", "generation"] as const;

/** What a task teaches. */
export type LearntKind = (typeof learntKinds)[number];
