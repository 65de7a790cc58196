import { GLUE_TASKS, glueTaskNamed } from "@dylora/data";
import { DyloraError } from "@dylora/errors";
import { generationTasks, isGenerationTask } from "./nlg-files.ts";

const hasSeparator = (name: string): boolean => /[\\/]/.test(name);

function isGlueTask(name: string): boolean {
  try {
    return glueTaskNamed(name).name !== undefined;
  } catch (error) {
    if (DyloraError.isInstance(error)) return false;
    throw error;
  }
}

/** Whether a name is that of a task that is known here. A file or folder of that name changes nothing about it. */
export const isTaskName = (name: string): boolean =>
  !hasSeparator(name) && (isGenerationTask(name) || isGlueTask(name));

/** Whether the value of `--task` is the path of a file: no known name, and written with a separator or an extension. */
export const isTaskPath = (name: string): boolean => !isTaskName(name) && (hasSeparator(name) || /\.\w+$/.test(name));

/** Every task that has a name, for messages. */
export const knownTasks = (): string =>
  `${Object.keys(GLUE_TASKS).join(", ")}; tasks that generate text are ${generationTasks.join(", ")}`;
