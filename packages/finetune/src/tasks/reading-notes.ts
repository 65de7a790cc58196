import { type BrokenRowHandler, type Remark, refuseBrokenRows } from "@dylora/data";
import { DyloraError } from "@dylora/errors";
import { formatCounted } from "@dylora/report";
import { isSameContent } from "./same-content.ts";

/** What is told about the reading of a split. */
export interface ReadingNotes {
  /** Given to the reader: counts broken rows, or ends the reading at the first. */
  readonly onBrokenRow: BrokenRowHandler;
  /** How many broken rows were left out. */
  readonly broken: () => number;
  /** Tells what was counted, and what the reader remarks. */
  tell(remarks: readonly Remark[]): void;
}

/**
 * Collects what is to be said about a split.
 *
 * @param title the task and the split
 * @param skipBrokenRows leave broken rows out
 * @param note where it is said
 */
export function readingNotes(title: string, skipBrokenRows: boolean, note: (line: string) => void): ReadingNotes {
  let broken = 0;
  let first = "";
  return {
    onBrokenRow(error) {
      if (!skipBrokenRows) return refuseBrokenRows(error);
      if (broken === 0) first = error.message;
      broken++;
    },
    broken: () => broken,
    tell(remarks) {
      if (broken > 0) {
        note(`${title}: ${formatCounted(broken, "row")} that cannot be read left out; the first: ${first}`);
      }
      for (const { message } of remarks) note(`${title}: ${message}`);
    },
  };
}

/** Says so when a split to measure on is what was trained on, and returns whether it is. Files that cannot be found have nothing to say. */
export async function noteSameSplits(
  split: string,
  fileOf: (split: string) => Promise<string | undefined>,
  note: (line: string) => void,
): Promise<boolean> {
  if (split === "train") return false;
  try {
    const [train, other] = [await fileOf("train"), await fileOf(split)];
    if (train === undefined || other === undefined || !(await isSameContent(train, other))) return false;
    note(`the train and ${split} splits are the same (${train}, ${other}): what is measured is what was learnt`);
    return true;
  } catch (error) {
    if (!DyloraError.isInstance(error) && !(error instanceof Error && "code" in error)) throw error;
    return false;
  }
}
