import type { RunList } from "./run-list.ts";
import { mixesSources, settingText, withoutFolders } from "./run-list-columns.ts";

const MOST_NAMES = 5;

/** Some names, and how many there are besides. */
function some(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return more > 0 ? `${names.slice(0, MOST_NAMES).join(", ")} and ${more} more` : names.join(", ");
}

/** What a list of runs says besides its numbers. */
export interface RunListNotes {
  /** How many runs there are. */
  readonly count: string;
  /** What a star means, where there are stars. */
  readonly star: string | undefined;
  /** Folders that could not be read: how many, then which and why. */
  readonly broken: { readonly count: string; readonly each: readonly string[] } | undefined;
  /** Folders that hold no run. */
  readonly others: string | undefined;
  /** Settings that were not the same all the way. */
  readonly changes: readonly string[];
  /** What went wrong in runs. */
  readonly warnings: readonly string[];
}

/** What a list of runs says besides its numbers, a sentence each. */
export function runListNotes(list: RunList): RunListNotes {
  const { folder, runs, broken, others } = list;
  const count = runs.length === 1 ? "1 run" : `${runs.length === 0 ? "No" : runs.length} runs`;
  const unread = `${broken.length === 1 ? "1 run cannot be read and is" : `${broken.length} runs cannot be read and are`} left out:`;
  const without = `${others.length} ${others.length === 1 ? "folder holds" : "folders hold"} no run: ${some(others)}.`;
  return {
    count: `${count} below ${withoutFolders(folder)}.`,
    star: mixesSources(list) ? "* measured by a sweep; the others by an evaluation on the way." : undefined,
    broken:
      broken.length === 0
        ? undefined
        : { count: unread, each: broken.map(({ name, message }) => `${name}: ${message}`) },
    others: others.length === 0 ? undefined : without,
    changes: runs.flatMap(({ name: run, changes }) =>
      changes.map(({ name, before, until }) => {
        const was = settingText(name, before) === "" ? "at its default" : settingText(name, before);
        return `${run}: ${name} was ${was} up to step ${until}.`;
      }),
    ),
    warnings: runs.flatMap(({ name, warnings }) => warnings.map((warning) => `${name}: ${warning}`)),
  };
}
