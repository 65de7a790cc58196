import { InterruptedError } from "@dylora/errors";
import { compare, runPaths } from "@dylora/finetune";
import type { CompareSettings } from "@dylora/finetune/settings";
import type { SweepFile } from "@dylora/report";
import type { CommandContext } from "../context.ts";
import { sameCommandResumed } from "../resume-command.ts";
import { printSweep } from "./print-sweep.ts";

/** `dylora compare`. */
export async function runCompare(settings: CompareSettings, context: CommandContext): Promise<SweepFile> {
  const compared = await compare(settings, context.work).catch((error) => {
    if (!(error instanceof InterruptedError)) throw error;
    throw new InterruptedError(`${error.message}. Resume with: ${sameCommandResumed(context.command)}`);
  });
  const { comparison, comparisonPicture, report } = runPaths(settings.out ?? "");
  printSweep(compared, context);
  context.say(`written: ${comparison}, ${comparisonPicture}, ${report}`);
  return compared;
}
