export type { CliEnvironment } from "./context.ts";
export { main } from "./main.ts";
export { formatSweepFile, parseSweepFile } from "./report/parse-sweep-file.ts";
export type {
  Cost,
  Curve,
  CurvePoint,
  Recommendation,
  Sample,
  SweepFile,
  SweptModel,
  SweptTask,
  TrainingLog,
} from "./report/sweep-file.ts";
