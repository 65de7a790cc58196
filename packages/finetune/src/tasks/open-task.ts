import { isGenerationTask } from "./nlg-files.ts";
import { openGenerationTask } from "./open-generation-task.ts";
import { openLabelledTask } from "./open-labelled-task.ts";
import type { OpenTask, TaskSettings } from "./task.ts";

/**
 * Finds a task by name or file.
 *
 * @param note told how many broken rows were left out
 * @throws ConfigError and FormatError as {@link openLabelledTask} and {@link openGenerationTask}
 */
export async function openTask(settings: TaskSettings, note: (line: string) => void): Promise<OpenTask> {
  const { task } = settings;
  return isGenerationTask(task) ? openGenerationTask({ ...settings, task }, note) : openLabelledTask(settings, note);
}
