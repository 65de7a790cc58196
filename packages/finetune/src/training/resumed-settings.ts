import { ConfigError, showValue } from "@dylora/errors";
import type { RunChange, RunRecord } from "../runs/run-record.ts";
import { type TrainingSettings, trainingSettings } from "../settings/training-settings.ts";

type Name = keyof TrainingSettings;

const learntFrom = "it decides what is learnt from, and what was learnt from other data is no part of such a run";
const ranksDrawn = "which ranks the steps train is what makes the run, and its sampler's state belongs to it";

/** Settings that cannot change when a run goes on, and why. */
const fixed: Partial<Record<Name, string>> = {
  base: "the adapter was trained on that model",
  task: learntFrom,
  data: learntFrom,
  maxLength: learntFrom,
  promptForm: learntFrom,
  skipBrokenRows: learntFrom,
  text: learntFrom,
  textPair: learntFrom,
  label: learntFrom,
  labels: learntFrom,
  kind: learntFrom,
  metrics: "what is measured belongs to the task",
  validation: learntFrom,
  rank: "the parameters that were trained have that shape",
  targets: "the parameters that were trained belong to those layers",
  alpha: "the parameters that were trained would mean another update",
  scaling: "the parameters that were trained would mean another update",
  distribution: ranksDrawn,
  minRank: ranksDrawn,
  blockSize: ranksDrawn,
  updateMode: ranksDrawn,
  rankPer: ranksDrawn,
  seed: "ranks, dropout and the order of the data follow from it",
};

/** Of these one alone counts: who gives one takes back the other. */
const rivals: readonly (readonly [Name, Name])[] = [
  ["steps", "epochs"],
  ["warmup", "warmupRatio"],
];

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const shown = (value: unknown): string => (value === undefined || value === null ? "its default" : showValue(value));

/** The settings that a run goes on with. */
export interface ResumedSettings {
  /** All of them. */
  readonly settings: TrainingSettings;
  /** Those that are not what they were. */
  readonly changed: RunChange["settings"];
}

/**
 * The settings of a run that goes on: its own, and those given anew that may change.
 *
 * @param named names of the settings that were given, whatever their value
 * @throws ConfigError `resume_differs`, saying why
 */
export function resumedSettings(
  dir: string,
  { settings: own }: Pick<RunRecord, "settings">,
  given: TrainingSettings,
  named: ReadonlySet<string>,
): ResumedSettings {
  const settings: Record<string, unknown> = { ...own };
  for (const name of Object.keys(trainingSettings) as Name[]) {
    if (!named.has(name) || same(given[name], own[name])) continue;
    const why = fixed[name];
    if (why !== undefined) {
      throw new ConfigError(
        "resume_differs",
        `${dir} was begun with '${name}' ${shown(own[name])}, not ${shown(given[name])}; that cannot change, since ${why}: leave the option out, or begin another run`,
      );
    }
    settings[name] = given[name];
  }
  for (const [one, other] of rivals) {
    if (named.has(one) && !named.has(other)) settings[other] = undefined;
    if (named.has(other) && !named.has(one)) settings[one] = undefined;
  }
  const changed = Object.keys(trainingSettings).flatMap((name) => {
    const [before, now] = [own[name as Name], settings[name]];
    return same(before, now) ? [] : [[name, { before: before ?? null, now: now ?? null }] as const];
  });
  return { settings: settings as unknown as TrainingSettings, changed: Object.fromEntries(changed) };
}

/** The changes in words: `--lr 0.01 becomes 0.001`. */
export const describeChanges = (changed: RunChange["settings"]): string =>
  Object.entries(changed)
    .map(([name, { before, now }]) => `'${name}' ${shown(before)} becomes ${shown(now)}`)
    .join(", ");
