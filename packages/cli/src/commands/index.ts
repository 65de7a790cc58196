import type { Command } from "../command.ts";
import { compare } from "./compare.ts";
import { doctor } from "./doctor.ts";
import { evaluate } from "./evaluate.ts";
import { exportAdapter } from "./export.ts";
import { generate } from "./generate.ts";
import { predict } from "./predict.ts";
import { quickstart } from "./quickstart.ts";
import { runs } from "./runs.ts";
import { sweep } from "./sweep.ts";
import { train } from "./train.ts";

/** Every command, in the order of help. Their options differ, so a common list cannot name the types. */
export const commands = [
  train,
  sweep,
  exportAdapter,
  predict,
  generate,
  evaluate,
  compare,
  runs,
  quickstart,
  doctor,
] as unknown as readonly Command[];
