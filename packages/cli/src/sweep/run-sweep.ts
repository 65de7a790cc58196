import { join } from "node:path";
import { InterruptedError } from "@dylora/errors";
import { type RunMeasuring, runPaths, sweepRunFolder } from "@dylora/finetune";
import { type SweepFile, shellCommand } from "@dylora/report";
import type { CommandContext } from "../context.ts";
import { printedCommand } from "../printed-command.ts";
import { printSweep } from "./print-sweep.ts";

/** `dylora sweep`: sweeps the run in a folder. */
export async function runSweep(dir: string, settings: RunMeasuring, context: CommandContext): Promise<SweepFile> {
  const sweep = await sweepRunFolder(dir, settings, context.work).catch((error) => {
    if (!(error instanceof InterruptedError)) throw error;
    throw new InterruptedError(`${error.message}. Go on with: ${shellCommand(context.command)}`);
  });
  printSweep(sweep, context);
  const { sweep: data, sweepPicture, report, exports } = runPaths(dir);
  context.say(`written: ${data}, ${sweepPicture}, ${report}`);
  const next = sweep.recommendation?.rank;
  if (next !== undefined) {
    const out = join(exports, `rank-${next}`);
    context.say(`next: ${printedCommand("export", dir, "--rank", String(next), "--out", out)}`);
  }
  return sweep;
}
