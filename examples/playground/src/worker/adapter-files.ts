import {
  encodePeftAdapter,
  encodeSortedJson,
  type LoadedPeftAdapter,
  PEFT_LORA_DEFAULTS,
  parseJsonObject,
} from "@dylora/io";
import { type Adapter, toPeft } from "@dylora/lora-core";
import { unzipSync, zipSync } from "fflate";
import type { Task } from "./task.ts";

/** The note that `dylora export` writes beside PEFT's files, and reads. */
const NOTE = "dylora.json";

/** The files of an adapter cut to a rank: a PEFT folder, with a note that names the classes. */
export function adapterFiles(
  adapter: Adapter,
  task: Task,
  labels: readonly string[],
  rank: number,
): Map<string, Uint8Array> {
  const { config, tensors, modulesToSave } = toPeft(adapter, rank);
  const files = encodePeftAdapter({
    config: { ...PEFT_LORA_DEFAULTS, ...config, task_type: task.taskType, base_model_name_or_path: task.baseName },
    tensors,
    modulesToSave,
  });
  const { kind, maxLength } = task;
  const note = { format: "dylora-export", version: 1, task: task.name, kind, labels: [...labels], maxLength, rank };
  return files.set(NOTE, encodeSortedJson(note));
}

/** Class names of an adapter: those of its note, else made up for the outputs of its head. */
export function labelsOf(files: ReadonlyMap<string, Uint8Array>, peft: LoadedPeftAdapter): string[] {
  const outputs = peft.modulesToSave.get("classifier.out_proj.weight")?.shape[0] ?? 0;
  const note = files.get(NOTE);
  const labels = note === undefined ? undefined : parseJsonObject(note, NOTE)["labels"];
  const named =
    Array.isArray(labels) && labels.length === outputs && labels.every((label) => typeof label === "string");
  return named ? (labels as string[]) : Array.from({ length: outputs }, (_, id) => `class ${id}`);
}

/** Files by name as a zip. */
export const zipFiles = (files: ReadonlyMap<string, Uint8Array>): Uint8Array => zipSync(Object.fromEntries(files));

/** The files of a zip by their own name: people zip the folder, or what is in it. */
export function unzipFiles(zip: Uint8Array): Map<string, Uint8Array> {
  const named = Object.entries(unzipSync(zip)).filter(([path]) => !path.endsWith("/"));
  return new Map(named.map(([path, bytes]) => [path.slice(path.lastIndexOf("/") + 1), bytes]));
}
