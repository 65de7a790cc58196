import { ConfigError } from "@dylora/errors";
import { flagOf } from "../options/option.ts";
import { type TrainingSettings, trainingOptions } from "../options/training-options.ts";
import type { RunRecord } from "../run/run-record.ts";

/** Settings that may change when a run goes on: they do not change what is computed. */
const changeable: readonly string[] = ["backend", "checkpointEvery"];

/**
 * The settings of a run that goes on: its own. What is given anew must be the same.
 *
 * @param named names of the settings that were given, whatever their value
 * @throws ConfigError `resume_differs`
 */
export function resumedSettings(
  dir: string,
  { settings: own }: RunRecord,
  given: TrainingSettings,
  named: ReadonlySet<string>,
): TrainingSettings {
  const settings: Record<string, unknown> = { ...own };
  for (const name of Object.keys(trainingOptions) as (keyof TrainingSettings)[]) {
    if (!named.has(name)) continue;
    if (changeable.includes(name)) settings[name] = given[name];
    else if (JSON.stringify(given[name]) !== JSON.stringify(own[name])) {
      const [before, now] = [own[name], given[name]].map((value) => JSON.stringify(value) ?? "its default");
      throw new ConfigError(
        "resume_differs",
        `${dir} was begun with ${flagOf(name)} ${before}, not ${now}; a run goes on with its own settings: leave the option out`,
      );
    }
  }
  return settings as unknown as TrainingSettings;
}
