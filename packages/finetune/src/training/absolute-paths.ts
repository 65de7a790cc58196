import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { isModuleFile } from "../settings/module-file.ts";
import type { TrainingSettings } from "../settings/training-settings.ts";
import { isTaskPath } from "../tasks/task-name.ts";

const ifThere = (path: string | undefined): string | undefined =>
  path !== undefined && existsSync(path) ? resolve(path) : path;

/** The same settings with absolute paths, so that they mean the same in every folder. Names are left as they are. */
export function withAbsolutePaths(settings: TrainingSettings): TrainingSettings {
  const { base, model, task, data, distribution, validation } = settings;
  const script = typeof distribution === "string" && isModuleFile(distribution);
  return {
    ...settings,
    base: ifThere(base),
    model: model !== undefined && isModuleFile(model) ? resolve(model) : model,
    task: task !== undefined && isTaskPath(task) ? ifThere(task) : task,
    data: data === "hub" ? data : ifThere(data),
    validation: typeof validation === "string" ? ifThere(validation) : validation,
    distribution: script ? resolve(distribution) : distribution,
  };
}
