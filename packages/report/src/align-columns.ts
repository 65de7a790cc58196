import { displayWidth, pad } from "./display-width.ts";

/** A column of a text table. */
export interface TextColumn {
  /** Head; several lines are set from the bottom up. */
  readonly head: string;
  /** One text per row. */
  readonly cells: readonly string[];
  /** Default right, as numbers want it. */
  readonly align?: "left" | "right";
  /** Columns with a number here may be left out where width is short, the highest number first. Default: never. */
  readonly optional?: number;
}

/** How a text table is laid out. */
export interface AlignOptions {
  /** Columns of the terminal. */
  readonly width: number;
  /** Box-drawing characters; otherwise ASCII. */
  readonly unicode: boolean;
  /** Applied to the finished line of a row, for colour. */
  readonly paint?: (line: string, row: number) => string;
}

const gap = "  ";

/**
 * Lays columns out side by side under a ruled head. Optional columns go until the table fits; a table that cannot fit
 * keeps the others and is wider than asked.
 *
 * @returns lines, the head first, without trailing spaces
 */
export function alignColumns(columns: readonly TextColumn[], { width, unicode, paint }: AlignOptions): string[] {
  const kept = keptColumns(columns, width);
  const heads = kept.map(({ head }) => head.split("\n"));
  const depth = Math.max(...heads.map((lines) => lines.length));
  const widths = kept.map(columnWidth);
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => pad(cell, widths[i]!, kept[i]!.align ?? "right"))
      .join(gap)
      .trimEnd();
  const head = Array.from({ length: depth }, (_, row) =>
    line(heads.map((lines) => lines[row - depth + lines.length] ?? "")),
  );
  const rule = line(kept.map(({ head }, i) => (head === "" ? "" : (unicode ? "─" : "-").repeat(widths[i]!))));
  const rows = Math.max(0, ...kept.map(({ cells }) => cells.length));
  const body = Array.from({ length: rows }, (_, row) => line(kept.map(({ cells }) => cells[row] ?? "")));
  return [...head, rule, ...body.map((text, row) => paint?.(text, row) ?? text)];
}

/** Width of columns laid out side by side. */
export function tableWidth(columns: readonly TextColumn[]): number {
  return columns.reduce((sum, column) => sum + columnWidth(column), gap.length * Math.max(0, columns.length - 1));
}

/** The columns that there is room for. */
export function keptColumns(columns: readonly TextColumn[], width: number): readonly TextColumn[] {
  let kept = columns;
  while (tableWidth(kept) > width) {
    const least = kept.reduce((most, { optional }) => Math.max(most, optional ?? 0), 0);
    if (least === 0) break;
    kept = kept.filter(({ optional }) => optional !== least);
  }
  return kept;
}

function columnWidth({ head, cells }: TextColumn): number {
  return Math.max(...head.split("\n").map(displayWidth), ...cells.map(displayWidth));
}
