import { publicPath } from "../files/public-path.ts";
import { loggedEvents } from "../runs/event-log.ts";
import { runPaths } from "../runs/run-paths.ts";
import type { RunRecord } from "../runs/run-record.ts";
import { csvReporter } from "./csv-reporter.ts";
import type { Hparam } from "./event-messages.ts";
import type { Reporter } from "./reporter.ts";
import { tensorBoardReporter } from "./tensor-board-reporter.ts";

/** Settings that may be paths: files that are given away should not tell where on a machine something lies. */
const paths: ReadonlySet<string> = new Set(["base", "model", "task", "data", "distribution", "validation"]);

/** A setting as a short value. */
function hparamOf(name: string, value: unknown): Hparam | undefined {
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value === "string") return paths.has(name) ? publicPath(value) : value;
  if (Array.isArray(value)) return value.join(", ");
  const own = (value as { readonly name?: unknown } | undefined)?.name;
  return typeof own === "string" ? own : undefined;
}

/** The settings of a run as TensorBoard shows them beside those of others. */
export function hparamsOf({ settings, steps, engine }: RunRecord): Record<string, Hparam> {
  const { reportTo: _, ...decisive } = settings;
  const entries = Object.entries({ ...decisive, steps, backend: engine.id }).flatMap(([name, value]) => {
    const hparam = hparamOf(name, value);
    return hparam === undefined ? [] : [[name, hparam] as const];
  });
  return Object.fromEntries(entries);
}

/** What a run in its folder is written down for, as its settings say. What `events.jsonl` holds is written first. */
export async function runReporters(dir: string, record: RunRecord, metric: string): Promise<Reporter> {
  const { tensorboard, csv, events } = runPaths(dir);
  const { reportTo } = record.settings;
  const history = () => loggedEvents(events);
  const reporters: Reporter[] = [];
  if (reportTo.includes("csv")) reporters.push(await csvReporter(csv, { metric, history }));
  if (reportTo.includes("tensorboard")) {
    reporters.push(await tensorBoardReporter(tensorboard, { metric, hparams: hparamsOf(record), history }));
  }
  return {
    add(event, time = new Date()) {
      for (const reporter of reporters) reporter.add(event, time);
    },
    close() {
      for (const reporter of reporters) reporter.close();
    },
  };
}
