// Runs the package's tests on an addon that is compiled with AddressSanitizer and UndefinedBehaviorSanitizer, and fails
// on any report. Arguments go to vitest. Where the compiler has no such libraries it says so, and that is all.
import { runSuite, sanitizedAddon } from "./sanitized-suite.mjs";

function skip(reason) {
  console.log(`the native backend was not tested under sanitizers: ${reason}`);
  process.exit(0);
}

process.exit(runSuite(sanitizedAddon({ name: "sanitized", skip }), process.argv.slice(2)));
