#!/usr/bin/env node
import process from "node:process";
import { ReaderGoneError } from "@dylora/errors";
import { exitCodes, failureOf } from "./failure.ts";
import { main } from "./main.ts";
import { StopSignalError, stopSignals } from "./stop.ts";
import { safeText } from "./terminal/safe-text.ts";

const { stdin, stdout, stderr } = process;
const interruption = new AbortController();

for (const [signal, exitCode] of Object.entries(stopSignals) as [keyof typeof stopSignals, number][]) {
  process.on(signal, () => {
    // The first asks the work to save and stop; whoever asks again does not want to wait for that.
    if (interruption.signal.aborted) process.exit(exitCode);
    stderr.write("\nstopping after the work in hand; once more stops at once\n");
    interruption.abort(new StopSignalError(signal));
  });
}
// Progress and notes have no reader any more, or their file no room (`2>&1 | head`, a closed terminal): the work goes on.
stderr.on("error", () => {});
stdout.on("error", (error: NodeJS.ErrnoException) => {
  // A reader such as `head` may close the pipe early. What is in hand is saved; nobody asks for the rest.
  if (error.code === "EPIPE" || error.code === "EIO")
    return interruption.abort(new ReaderGoneError("standard output is closed"));
  stderr.write(`dylora: standard output cannot be written: ${error.code ?? error.message}\n`);
  process.exitCode = exitCodes.failed;
  interruption.abort(error);
});
// An error that no promise carries, for instance of a backend's thread, ends the work as a signal does: it saves.
process.on("uncaughtException", (error) => {
  if (interruption.signal.aborted) process.exit(exitCodes.failed);
  stderr.write(`dylora: ${safeText(failureOf(error).message)}; stopping after the work in hand\n`);
  process.exitCode = exitCodes.failed;
  interruption.abort(error);
});

const exitCode = await main(process.argv.slice(2), { stdin, stdout, stderr, signal: interruption.signal });
process.exitCode ||= exitCode;
