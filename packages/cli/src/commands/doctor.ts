import { defineCommand } from "../command.ts";

/** `dylora doctor`. */
export const doctor = defineCommand({
  name: "doctor",
  summary: "say which tensor backends run here, why others do not, and what the machine can do",
  options: {},
  examples: [
    { command: "dylora doctor", effect: "backends, processor, memory, versions" },
    { command: "dylora doctor --json", effect: "the same for a bug report or a script" },
  ],
  async run(_settings, context) {
    const { runDoctor } = await import("../doctor/run-doctor.ts");
    return runDoctor(context);
  },
});
