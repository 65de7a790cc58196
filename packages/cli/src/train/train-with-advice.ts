import { DyloraError, InterruptedError } from "@dylora/errors";
import { type FinishedRun, readRunRecord, type TrainRequest, trainRun } from "@dylora/finetune";
import type { CommandContext } from "../context.ts";
import { resumeCommand } from "../resume-command.ts";

/** How to go on after an error in training. */
async function goOn(dir: string, error: unknown): Promise<string> {
  // Where the first step fails, no learning rate has been at work.
  const broken = DyloraError.isInstance(error) && error.code === "loss_not_finite" && Number(error.details["step"]) > 1;
  if (!broken) return `Go on with: ${resumeCommand(dir)}`;
  const { settings } = await readRunRecord(dir);
  const lower = Number((settings.lr / 4).toPrecision(2));
  return `Go on with a lower learning rate: ${resumeCommand(dir, "--lr", String(lower))}`;
}

/**
 * Trains into a folder; where that is stopped or fails, says with which command it goes on.
 *
 * @returns the run; the caller closes it
 */
export async function trainWithAdvice(
  request: TrainRequest & { readonly out: string },
  { work, note }: CommandContext,
): Promise<FinishedRun> {
  const { out } = request;
  let begun = false;
  const onBegin = () => {
    request.onBegin?.();
    begun = true;
  };
  try {
    return await trainRun({ ...request, onBegin }, work);
  } catch (error) {
    if (error instanceof InterruptedError) {
      throw new InterruptedError(`${error.message}. Resume with: ${resumeCommand(out)}`);
    }
    if (begun) note(await goOn(out, error));
    throw error;
  }
}
