export { accuracy } from "./accuracy.ts";
export { argmaxRows } from "./argmax-rows.ts";
export { pearson, spearman } from "./correlation.ts";
export { f1, f1OfClass, macroF1 } from "./f1.ts";
export {
  type GlueScores,
  type GlueTaskMetrics,
  glueAverage,
  glueMetrics,
  type ScoredGlueTask,
  scoreGlueTask,
} from "./glue-tasks.ts";
export { matthews } from "./matthews.ts";
export { metricByName } from "./metric-by-name.ts";
