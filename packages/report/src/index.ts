export { type AlignOptions, alignColumns, type TextColumn } from "./align-columns.ts";
export { costChart, lossChart, metricChart, progressChart } from "./chart.ts";
export type { ChartTheme } from "./chart-theme.ts";
export { costSentence } from "./cost-summary.ts";
export {
  formatCount,
  formatCounted,
  formatDuration,
  formatInterval,
  formatPercent,
  formatScore,
  formatTime,
  metricDigits,
  type Score,
} from "./format-number.ts";
export { htmlReport } from "./html.ts";
export { formatSweepFile, parseSweepFile } from "./parse-sweep-file.ts";
export type { ChartHeading, ChartOptions } from "./render-chart.ts";
export type { ListedRank, ListedRun, RunList, RunState } from "./run-list.ts";
export { runListPage } from "./run-list-page.ts";
export { runListTable } from "./run-list-table.ts";
export { sampleLines } from "./sample-lines.ts";
export { shellCommand, shellQuote } from "./shell-quote.ts";
export { auracSentence, baselineSentence, recommendationSentence } from "./summary.ts";
export type {
  ConfusionMatrices,
  Cost,
  CostPair,
  Curve,
  CurvePoint,
  Recommendation,
  Sample,
  SweepFile,
  SweptModel,
  SweptTask,
  TrainingLog,
  Verdict,
  WrongAnswers,
} from "./sweep-file.ts";
export { rankTable, type TerminalOptions } from "./table.ts";
export { terminalChart } from "./terminal-chart.ts";
export { verdictOf } from "./verdict.ts";
export { verdictSentence } from "./verdict-sentence.ts";
