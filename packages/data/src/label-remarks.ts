import { showValue } from "@dylora/errors";
import type { Example } from "./example.ts";
import { foldedName } from "./labels.ts";
import type { Remark } from "./remark.ts";

/** Names that a message shows. */
const MOST_SHOWN = 10;

const shown = (names: readonly string[]): string =>
  `${names
    .slice(0, MOST_SHOWN)
    .map((name) => showValue(name))
    .join(", ")}${names.length > MOST_SHOWN ? ", …" : ""}`;

/** Class names that differ only in case, spaces, `_` or `-`, in groups. */
function similarNames(labels: readonly string[]): string[][] {
  const groups = new Map<string, string[]>();
  for (const name of labels) {
    const key = foldedName(name);
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}

/**
 * What looks odd about class names that were found in a column: names that are written almost alike (`similar_labels`),
 * which a slip of the keyboard makes classes of their own, and classes of a single row (`single_row_class`), of which nothing
 * can be learnt and measured at once.
 */
export function labelRemarks(path: string, labels: readonly string[], examples: readonly Example[]): Remark[] {
  const remarks: Remark[] = [];
  const similar = similarNames(labels);
  if (similar.length > 0) {
    const groups = similar.slice(0, MOST_SHOWN).map((group) => group.map((name) => showValue(name)).join(" and "));
    const message = `labels that are written almost alike are classes of their own: ${groups.join("; ")} (${path})`;
    remarks.push({ code: "similar_labels", count: similar.length, message });
  }
  const rows = labels.map(() => 0);
  for (const { label } of examples) if (label !== undefined) rows[label] = (rows[label] ?? 0) + 1;
  const single = labels.filter((_, index) => rows[index] === 1);
  if (single.length > 0) {
    const what = single.length === 1 ? "1 class has" : `${single.length} classes have`;
    const message = `${what} a single row: ${shown(single)} (${path})`;
    remarks.push({ code: "single_row_class", count: single.length, message });
  }
  return remarks;
}
