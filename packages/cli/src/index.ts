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
} from "@dylora/report";
export { formatSweepFile, parseSweepFile } from "@dylora/report";
export type { CliEnvironment } from "./context.ts";
export { main } from "./main.ts";
