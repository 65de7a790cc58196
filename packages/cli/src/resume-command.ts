import { shellCommand } from "@dylora/report";
import { printedCommand, programWords } from "./printed-command.ts";

/** The command that goes on with a training run. */
export const resumeCommand = (dir: string, ...more: readonly string[]): string =>
  printedCommand("train", "--resume", "--out", dir, ...more);

/** A command that was given, with `--resume` in place of `--overwrite`. */
export const sameCommandResumed = (command: readonly string[]): string =>
  shellCommand([
    ...programWords(),
    ...command.slice(1).filter((argument) => argument !== "--overwrite" && argument !== "--resume"),
    "--resume",
  ]);
