import { labelCount } from "@dylora/data";
import type { Head } from "../adapters/head.ts";
import type { OpenTask } from "../tasks/task.ts";

/** What the outputs of a head mean that was trained for a task; undefined where the task is to generate. */
export function headOf({ kind, labels }: Pick<OpenTask, "kind" | "labels">): Head | undefined {
  if (kind === "generation") return undefined;
  const problemType = kind === "regression" ? "regression" : "single_label_classification";
  return { outputs: labelCount({ kind, labels }), kind, problemType, labels };
}
