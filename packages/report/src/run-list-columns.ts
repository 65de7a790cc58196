import { formatCount, formatDuration, formatScore, isDefined, scoreDigits } from "./format-number.ts";
import type { ListedRun, RunList } from "./run-list.ts";

/** A column of a list of runs, with the text of each run. */
export interface RunColumn {
  /** Lines of its head. */
  readonly head: readonly string[];
  /** A text for each run; empty where there is nothing to say. */
  readonly cells: readonly string[];
  /** Words stand on the left, numbers on the right. */
  readonly words: boolean;
  /** Row of the best number, where the column has one. */
  readonly best?: number | undefined;
  /** The higher, the sooner it can be done without; 0: never. */
  readonly optional: number;
}

/** The last part of a path is enough to tell runs apart, and the rest is nobody's business. */
export const withoutFolders = (text: string): string =>
  /^(?:\/|[A-Za-z]:[\\/])/.test(text) ? (text.split(/[\\/]/).filter(Boolean).at(-1) ?? text) : text;

/** Settings that may be paths; a regular expression between slashes is none. */
const paths: ReadonlySet<string> = new Set(["base", "model", "task", "data", "distribution", "validation"]);

/** A setting as a short text; empty where it is at a default that is none. */
export function settingText(name: string, value: unknown): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return value.map((one) => settingText(name, one)).join(", ");
  if (typeof value !== "object") return paths.has(name) ? withoutFolders(String(value)) : String(value);
  const { name: own } = value as { readonly name?: unknown };
  return typeof own === "string" ? own : JSON.stringify(value);
}

const stepsText = ({ step, steps }: ListedRun): string => {
  if (step === undefined) return steps === undefined ? "" : `of ${formatCount(steps)}`;
  return steps === undefined || steps === step ? formatCount(step) : `${formatCount(step)} of ${formatCount(steps)}`;
};

const keptText = ({ kept }: ListedRun): string =>
  kept === undefined ? "" : kept.adapter === "last" ? "last" : `best, step ${formatCount(kept.step)}`;

/** Settings that say how a run was looked at, and not what was trained: they go first where room is short. */
const watching: ReadonlySet<string> = new Set(["evalEvery", "evalRanks", "checkpointEvery", "keep", "backend"]);

/** Name of the metric, where all runs have the same. */
export function commonMetric(runs: readonly ListedRun[]): string | undefined {
  const names = new Set(runs.flatMap(({ metric, metrics }) => (metrics.length > 0 ? [metric?.name] : [])));
  return names.size === 1 ? [...names][0] : undefined;
}

/** Every rank that a run was evaluated at, rising. */
const ranksOf = (runs: readonly ListedRun[]): number[] =>
  [...new Set(runs.flatMap(({ metrics }) => metrics.map(({ rank }) => rank)))].sort((a, b) => a - b);

/** Whether any number comes from a sweep beside others that come from evaluations on the way. */
export function mixesSources({ runs }: RunList): boolean {
  return new Set(runs.flatMap(({ metrics }) => metrics.map(({ from }) => from))).size > 1;
}

/** The run with the best metric at a rank; undefined where there are not two to compare, or nobody knows which way is up. */
function bestAt(runs: readonly ListedRun[], rank: number): number | undefined {
  const directions = new Set(runs.map(({ metric }) => metric?.higherIsBetter));
  const [higherIsBetter] = directions;
  if (directions.size !== 1 || higherIsBetter === undefined || commonMetric(runs) === undefined) return undefined;
  const rated = runs.flatMap(({ metrics }, row) => {
    const metric = metrics.find((candidate) => candidate.rank === rank)?.metric;
    return isDefined(metric) ? [{ row, metric: higherIsBetter ? metric : -metric }] : [];
  });
  if (rated.length < 2) return undefined;
  return rated.reduce((best, one) => (one.metric > best.metric ? one : best)).row;
}

function rankColumns(list: RunList): RunColumn[] {
  const { runs } = list;
  const ranks = ranksOf(runs);
  const name = commonMetric(runs) ?? "metric";
  const digits = scoreDigits(runs.flatMap(({ metrics }) => metrics.map(({ metric }) => metric)));
  const mixed = mixesSources(list);
  const highest = new Set(runs.map(({ metrics }) => metrics.at(-1)?.rank));
  return ranks.map((rank, place) => {
    const cells = runs.map(({ metrics }) => {
      const found = metrics.find((candidate) => candidate.rank === rank);
      if (found === undefined) return "";
      return `${isDefined(found.metric) ? formatScore(found.metric, digits) : "n/a"}${mixed && found.from === "sweep" ? "*" : ""}`;
    });
    // What runs have at their own highest rank, and at the lowest, stays longer than settings; what lies between goes early.
    const telling = highest.has(rank) || place === 0;
    return {
      head: [name, `rank ${rank}`],
      cells,
      words: false,
      best: bestAt(runs, rank),
      optional: rank === ranks.at(-1) ? 0 : telling ? 1.5 : 4.5,
    };
  });
}

/**
 * The columns of a list of runs: name and state; the settings that differ; the metric at each rank; steps, which adapter was
 * kept, and the time.
 */
export function runColumns(list: RunList): RunColumn[] {
  const { runs, differing } = list;
  const of = (head: string, words: boolean, optional: number, cell: (run: ListedRun) => string): RunColumn => ({
    head: [head],
    cells: runs.map(cell),
    words,
    optional,
  });
  const metrics = new Set(runs.map(({ metric }) => metric?.name));
  const columns = [
    of("run", true, 0, ({ name }) => name),
    of("state", true, 0, ({ state }) => state.replace("-", " ")),
    ...differing.map((name, place) =>
      of(name, false, (watching.has(name) ? 7 : 2.5) + place / 1000, ({ settings }) =>
        settingText(name, settings[name]),
      ),
    ),
    ...(metrics.size > 1 ? [of("metric", true, 2.2, ({ metric }) => metric?.name ?? "")] : []),
    ...rankColumns(list),
    of("steps", false, 2, stepsText),
    of("recommended rank", false, 5, ({ recommended }) => (recommended === undefined ? "" : String(recommended))),
    of("kept", true, 6, keptText),
    of("time", false, 1, ({ seconds }) => (seconds === 0 ? "" : formatDuration(seconds))),
  ];
  return columns.filter(({ head, cells }) => head[0] === "run" || cells.some((cell) => cell !== ""));
}
