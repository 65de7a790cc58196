#!/usr/bin/env node
import process from "node:process";
import { exitCodes } from "./failure.ts";
import { main } from "./main.ts";

const { stdin, stdout, stderr } = process;
const interruption = new AbortController();

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    // The first asks the work to save and stop; whoever asks again does not want to wait for that.
    if (interruption.signal.aborted) process.exit(exitCodes.interrupted);
    stderr.write("\nstopping after the work in hand; once more stops at once\n");
    interruption.abort();
  });
}
// A reader such as `head` may close the pipe early.
stdout.on("error", (error: NodeJS.ErrnoException) =>
  process.exit(error.code === "EPIPE" ? exitCodes.done : exitCodes.failed),
);

process.exitCode = await main(process.argv.slice(2), { stdin, stdout, stderr, signal: interruption.signal });
