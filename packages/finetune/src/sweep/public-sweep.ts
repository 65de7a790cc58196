import type { SweepFile } from "@dylora/report";
import { publicCommand, publicPath, publicSetting } from "../files/public-path.ts";

/** A sweep whose paths tell nothing of the person's folders: reports are given to others. */
export function publicSweep(sweep: SweepFile): SweepFile {
  const { command, run, exported, model, settings } = sweep;
  const shown = Object.entries(settings).map(([name, value]) => [name, publicSetting(name, value)]);
  return {
    ...sweep,
    command: publicCommand(command),
    run: run === undefined ? undefined : publicPath(run),
    exported: exported === undefined ? undefined : publicPath(exported),
    model: { ...model, base: publicPath(model.base) },
    settings: Object.fromEntries(shown),
  };
}
