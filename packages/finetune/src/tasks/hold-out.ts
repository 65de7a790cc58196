import type { Example, refuseBrokenRows } from "@dylora/data";
import type { Table } from "@dylora/data/node";
import { ConfigError, showValue } from "@dylora/errors";
import type { DescribedTask } from "./labelled-task.ts";
import { splitRows } from "./split-rows.ts";

/** Share of the rows that is measured on where nothing is said. */
export const DEFAULT_VALIDATION = 0.1;

/** A task without rows to measure on. */
export interface UndividedTask extends Pick<DescribedTask, "task" | "read" | "fileOf"> {
  /** What notes call its rows: a file. */
  readonly title: string;
  /** Splits that it has besides `train`. */
  readonly others?: readonly string[];
}

/**
 * Sets a share of the train split apart, as the validation split. Both are the same each time that they are read.
 *
 * @param share above 0 and below 1
 * @param note told how many rows are measured on
 */
export function heldOut(
  { task, read, fileOf, title, others = [] }: UndividedTask,
  share: number,
  note: (line: string) => void,
): DescribedTask {
  let told = false;
  async function part(split: "train" | "validation", onBrokenRow: typeof refuseBrokenRows): Promise<Table> {
    const table = await read("train", onBrokenRow);
    const kept: readonly Example[] = table.examples.filter(({ label }) => label !== undefined);
    const parts = splitRows(kept, share, ({ label = -1 }) => (task.kind === "classification" ? label : 0));
    if (!told) {
      note(`${title}: ${parts.train.length} rows to learn from, ${parts.validation.length} set apart to measure on`);
    }
    told = true;
    return { ...table, examples: parts[split], remarks: split === "train" ? table.remarks : [] };
  }
  return {
    task,
    evaluationSplit: "validation",
    async read(split, onBrokenRow) {
      if (split === "train" || split === "validation") return part(split, onBrokenRow);
      if (others.includes(split)) return read(split, onBrokenRow);
      const known = ["train", "validation", ...others].join(", ");
      throw new ConfigError("unknown_split", `${title} has no split ${showValue(split)}; it has ${known}`);
    },
    fileOf: async (split) => (others.includes(split) ? fileOf(split) : undefined),
  };
}
