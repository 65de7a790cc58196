import { listOf, oneOf, type Reader, UnreadableError } from "./readers.ts";

/** Programs that a run can be written down for. */
export const reportTargetNames = ["tensorboard", "csv"] as const;

/** A program that a run can be written down for: TensorBoard, or any that reads a table. */
export type ReportTarget = (typeof reportTargetNames)[number];

const words = listOf(oneOf([...reportTargetNames, "none"]));

/** Some of them, each once; `none` is the empty list. */
export const reportTargets: Reader<readonly ReportTarget[]> = (given) => {
  if (Array.isArray(given) && given.length === 0) return [];
  const named = new Set(words(given));
  if (named.delete("none") && named.size > 0) throw new UnreadableError("none alone, or a list without it");
  return [...named] as ReportTarget[];
};
