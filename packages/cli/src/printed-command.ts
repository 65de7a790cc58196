import { shellCommand } from "@dylora/report";

/** A command of dylora as people can type it: a shell reads every word back. */
export const printedCommand = (...words: readonly string[]): string => shellCommand(["dylora", ...words]);
