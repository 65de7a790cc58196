import { shellQuote } from "@dylora/report";

/** The command that goes on with a training run. */
export const resumeCommand = (dir: string, ...more: readonly string[]): string =>
  ["dylora train --resume --out", shellQuote(dir), ...more].join(" ");

/** A command that was given, with `--resume` in place of `--overwrite`. */
export const sameCommandResumed = (command: readonly string[]): string =>
  [...command.filter((argument) => argument !== "--overwrite" && argument !== "--resume"), "--resume"]
    .map(shellQuote)
    .join(" ");
