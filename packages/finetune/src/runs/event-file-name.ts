import { readdirSync } from "node:fs";

/**
 * Names of TensorBoard's event files. TensorBoard reads those of a folder in the order of their names. Other tools put the
 * host's name at the end; a folder that is handed on should not tell it.
 */
export const EVENT_FILE = /^events\.out\.tfevents\.(\d{10,})\.dylora$/;

/** The event files of a folder that dylora wrote, the oldest first. */
export function eventFilesIn(dir: string): string[] {
  try {
    return readdirSync(dir)
      .filter((name) => EVENT_FILE.test(name))
      .sort();
  } catch {
    return [];
  }
}

/** The name of a file that is begun now, after all others, whatever the clock says. */
export function nextEventFileName(before: readonly string[], now: Date): string {
  const last = Number(EVENT_FILE.exec(before.at(-1) ?? "")?.[1] ?? 0);
  const seconds = Math.max(Math.floor(now.getTime() / 1000), last + 1);
  return `events.out.tfevents.${String(seconds).padStart(10, "0")}.dylora`;
}
