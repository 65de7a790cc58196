/** Colours and type of a chart. Any CSS colour will do, `var(--name)` included where the SVG stands inside a page. */
export interface ChartTheme {
  /** Text and axis lines. */
  readonly ink: string;
  /** Secondary text. */
  readonly muted: string;
  /** Grid lines. */
  readonly grid: string;
  /** Background; `transparent` to let the page through. */
  readonly paper: string;
  /** Colours of curves, in order; used again from the start when there are more curves. */
  readonly series: readonly string[];
  /** CSS font family. */
  readonly font: string;
}

/**
 * For a file of its own, on white. The curves' colours are those of Okabe and Ito (2008) that keep a contrast of 3 to
 * white, told apart with any colour vision; marks and dashes tell them apart without colour.
 */
export const printTheme: ChartTheme = {
  ink: "#1f1f1f",
  muted: "#595959",
  grid: "#e4e4e4",
  paper: "#ffffff",
  series: ["#0072b2", "#d55e00", "#00805d", "#a8518a", "#8a6100", "#3b7fa6"],
  font: "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif",
};

/** For charts inside the report, whose style sheet gives the colours for light and dark. */
export const pageTheme: ChartTheme = {
  ink: "var(--ink)",
  muted: "var(--muted)",
  grid: "var(--grid)",
  paper: "transparent",
  series: [
    "var(--series-1)",
    "var(--series-2)",
    "var(--series-3)",
    "var(--series-4)",
    "var(--series-5)",
    "var(--series-6)",
  ],
  font: "inherit",
};

/** Marks of curves, in order. */
export const seriesShapes = ["circle", "square", "triangle-up", "diamond", "triangle-down", "cross"] as const;

/** Dashes of curves, in order. */
export const seriesDashes: readonly (readonly number[])[] = [
  [1, 0],
  [6, 3],
  [2, 2],
  [8, 3, 2, 3],
  [10, 4],
  [4, 2, 1, 2],
];

/** Entry i of a list that starts again at its end. */
export function cycled<T>(list: readonly T[], index: number): T {
  return list[index % list.length]!;
}
