import { text } from "@dylora/finetune/settings";
import { defineCommand } from "../command.ts";
import { optional } from "../options/option.ts";

/** `dylora runs`. */
export const runs = defineCommand({
  name: "runs",
  summary: "list runs side by side: settings that differ, metrics by rank, time",
  details:
    "Looks through the folder and the folders in it. Each run of dylora train and each part of a dylora compare is a line:\n" +
    "how it ended, its steps, the settings that are not the same in all, the metric at each rank (of its sweep, else of the\n" +
    "adapter that was kept), which adapter was kept, and the time of its training steps. Writes nothing into the runs.",
  argument: { name: "dir", description: "folder with runs in it" },
  options: {
    sort: optional(
      "<key>",
      "name (default), state, created, steps, time, metric (the best first), rank8 (the metric at rank 8), or a setting such as lr",
      text,
    ),
    html: optional("<file>", "also write the list as a page", text),
  },
  examples: [
    { command: "dylora runs runs", effect: "every run in the folder runs" },
    { command: "dylora runs runs --sort metric --html runs.html", effect: "the best first, also as a page" },
    { command: "dylora runs runs --sort rank1 --json", effect: "by the metric at rank 1, with every setting, as JSON" },
  ],
  async run(settings, context, dir) {
    const { runRuns } = await import("../runs/run-runs.ts");
    return runRuns(dir, settings, context);
  },
});
