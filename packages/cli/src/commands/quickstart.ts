import { defineCommand } from "../command.ts";
import { quickstartOptions } from "../quickstart/quickstart-options.ts";

/** `dylora quickstart`. */
export const quickstart = defineCommand({
  name: "quickstart",
  summary: "the whole road on the sample in the repository: train, sweep, choose, export, compare",
  options: quickstartOptions,
  examples: [
    { command: "dylora quickstart", effect: "a few minutes; results in runs/quickstart" },
    { command: "dylora quickstart --steps 50 --out runs/try", effect: "a short try" },
  ],
  async run(settings, context) {
    const { runQuickstart } = await import("../quickstart/run-quickstart.ts");
    return runQuickstart(settings, context);
  },
});
