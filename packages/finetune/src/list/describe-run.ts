import { isFolderLocked } from "@dylora/io/node";
import { formatCounted, type ListedRank, type ListedRun, type RunState, type SweepFile } from "@dylora/report";
import { lossCourse } from "@dylora/trainer";
import { evaluationAt, lastEvaluation } from "../runs/evaluated-ranks.ts";
import { type LoggedTraining, readEventLog } from "../runs/event-log.ts";
import { readSweep } from "../runs/read-sweep.ts";
import { runPaths } from "../runs/run-paths.ts";
import { type RunEnd, type RunRecord, readRunRecord } from "../runs/run-record.ts";
import { trainingSeconds } from "../sweep/sweep-document.ts";

const states: Readonly<Record<RunEnd["reason"], RunState>> = {
  done: "finished",
  "early-stopping": "stopped-early",
  aborted: "interrupted",
  failed: "failed",
};

/** How a run ended. A run that says nothing of it goes on, or was ended by a crash. */
async function stateOf(dir: string, { ended }: RunRecord, { steps }: LoggedTraining): Promise<RunState> {
  if (ended === undefined) return (await isFolderLocked(dir)) ? "running" : "interrupted";
  const diverged =
    ended.error === "loss_not_finite" || lossCourse(steps.map(({ loss }) => loss)).verdict === "diverged";
  return diverged ? "diverged" : states[ended.reason];
}

function keptOf({ ended }: RunRecord): ListedRun["kept"] {
  if (ended?.reason !== "done" && ended?.reason !== "early-stopping") return undefined;
  return ended.best === undefined ? { adapter: "last", step: ended.step } : { adapter: "best", step: ended.best.step };
}

/** The sweep of a run as it is now; a sweep of another split, or from before the run was lengthened, says nothing of it. */
async function currentSweep(dir: string, { task, steps }: RunRecord, log: LoggedTraining) {
  const sweep = await readSweep(runPaths(dir).sweep);
  if (sweep === undefined) return undefined;
  const swept = sweep.training?.step.at(-1);
  const same = sweep.task.name === task.name && sweep.settings["steps"] === steps && swept === log.steps.at(-1)?.step;
  return same ? sweep : undefined;
}

/** The metric at each rank, from a sweep where there is one, else from the evaluation of the adapter that was kept. */
function metricsOf(log: LoggedTraining, kept: ListedRun["kept"], sweep: SweepFile | undefined): ListedRank[] {
  const { evaluations } = log;
  const evaluated = kept?.adapter === "best" ? evaluationAt(evaluations, kept.step) : lastEvaluation(evaluations);
  const ranks = new Map<number, ListedRank>();
  for (const { rank, metric } of evaluated?.ranks ?? []) ranks.set(rank, { rank, metric, from: "evaluation" });
  for (const { rank, metric } of sweep?.curves[0]?.points ?? []) {
    ranks.set(rank, { rank, metric: metric ?? Number.NaN, from: "sweep" });
  }
  return [...ranks.values()].sort((a, b) => a.rank - b.rank);
}

/** Nothing: what lies in a folder whose run was just begun in place of another is the other's. */
const nothing: LoggedTraining = { steps: [], evaluations: [], reason: undefined, damaged: 0 };

/**
 * A run in its folder as a line of a list.
 *
 * @throws FormatError for what cannot be read
 */
export async function describeRun(dir: string, name: string): Promise<ListedRun> {
  const record = await readRunRecord(dir);
  const { task, settings, steps, created, ended, replacing } = record;
  const log = replacing === true ? nothing : readEventLog(runPaths(dir).events);
  const kept = keptOf(record);
  const sweep = replacing === true ? undefined : await currentSweep(dir, record, log);
  const { damaged } = log;
  return {
    name,
    kind: "run",
    state: await stateOf(dir, record, log),
    step: ended?.step ?? log.steps.at(-1)?.step ?? 0,
    steps,
    seconds: trainingSeconds(log),
    created,
    task: task.name,
    metric: task.metric ?? sweep?.task.metric,
    metrics: metricsOf(log, kept, sweep),
    kept,
    recommended: sweep?.recommendation?.rank,
    settings: { ...settings },
    changes: (record.changes ?? []).flatMap(({ step, settings: changed }) =>
      Object.entries(changed)
        .filter(([name]) => name !== "reportTo")
        .map(([name, { before }]) => ({ name, before, until: step })),
    ),
    warnings: [
      ...(ended?.warning === undefined ? [] : [ended.warning]),
      ...(damaged === 0 ? [] : [`${formatCounted(damaged, "damaged line")} of events.jsonl left out`]),
    ],
  };
}
