/** What a text task predicts: one of several classes, or a real number. */
export type TaskKind = "classification" | "regression";
